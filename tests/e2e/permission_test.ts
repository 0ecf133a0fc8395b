import { strict as assert } from "node:assert";
import { Organisation } from "./organisation.ts";
import { serveProbed } from "./program.ts";

const FORBIDDEN = [
  "run a program",
  "load a library",
  "read the environment",
  "ask about the system",
];

Deno.test("the running service can do nothing that its configuration does not need", async () => {
  await using organisation = await Organisation.found();
  await using service = await serveProbed(organisation.places.folder);
  service.signal("SIGUSR2");
  for (const what of FORBIDDEN) {
    const prefix = `probe: ${what}: `;
    const line = await service.line((line) => line.startsWith(prefix));
    assert.equal(line, `${prefix}denied`);
  }
});
