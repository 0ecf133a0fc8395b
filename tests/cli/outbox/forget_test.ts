import assert from "node:assert/strict";
import { run } from "../command_line.ts";
import { OUTCOMES, PERSON, served } from "./samples.ts";

Deno.test("forget deletes a person's rows, and says what stays", async () => {
  await using service = await served(OUTCOMES["stopped-before"]);
  const config = service.workspace.path("mxisd.yaml");
  assert.deepEqual(await run(["forget", PERSON, "-c", config]), {
    code: 0,
    out: "Deleted of @bob:example.org: invitations 2, emails 1\n" +
      "Choices to stop emails, kept as hashes: 1\n",
    err: "",
  });
  assert.deepEqual(await service.outbox.counts(), { invitations: {}, mails: {} });
  assert.equal((await service.outbox.suppressions.list()).length, 1);
});

Deno.test("forget says that nothing is stored, and what an ID is", async () => {
  await using service = await served();
  const config = service.workspace.path("mxisd.yaml");
  const nobody = await run(["forget", PERSON, "-c", config]);
  assert.deepEqual(nobody, { code: 1, out: "", err: "Nothing is stored about @bob:example.org\n" });
  const wrong = await run(["forget", "bob\x1b", "-c", config]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /^bob\\u\{1b\} is not a Matrix ID/);
});
