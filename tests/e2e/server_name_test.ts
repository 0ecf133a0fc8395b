import assert from "node:assert/strict";
import { runCommand } from "../process/program.ts";
import { Organisation } from "./organisation.ts";

Deno.test("a matrix.domain that is not Synapse's server_name is an error, and no file is changed", async () => {
  await using organisation = await Organisation.create();
  await organisation.startHomeserver();
  const { folder, registration } = organisation.layout;
  const before = await Deno.readTextFile(registration);
  const config = `${folder}/mxisd.yaml`;
  const text = await Deno.readTextFile(config);
  await Deno.writeTextFile(config, text.replace('"example.org"', '"matrix.example.org"'));
  const { code, errors } = await runCommand(folder, "serve", "-c", "mxisd.yaml");
  assert.equal(code, 4, errors);
  assert.match(errors, /matrix\.domain is .*matrix\.example\.org.* server_name is .*example\.org/);
  assert.equal(await Deno.readTextFile(registration), before);
});

Deno.test("a registration is corrected as soon as Synapse says its name", async () => {
  await using organisation = await Organisation.create();
  const { registration } = organisation.layout;
  const right = await Deno.readTextFile(registration);
  // As mxisd wrote it.
  const wrong = right.replace(/regex: .*/, "regex: '@*:example.org'");
  await Deno.writeTextFile(registration, wrong);
  await organisation.startService();
  assert.equal(await Deno.readTextFile(registration), wrong);
  await organisation.startHomeserver();
  await organisation.service.line((line) => line.includes("registration updated"));
  assert.match(await Deno.readTextFile(registration), /regex: '\^@\.\*:example\\\.org\$'/);
});
