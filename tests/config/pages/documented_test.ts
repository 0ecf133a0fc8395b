import assert from "node:assert/strict";
import { formatProblem } from "../../../src/config/source/problem.ts";
import { completed, load } from "../configuration.ts";
import { EXAMPLES, REGISTRATION } from "./documented.ts";

for (const [what, { text, ignored, change = {} }] of Object.entries(EXAMPLES)) {
  Deno.test(`documented by mxisd or ma1sd: ${what}`, async () => {
    const files = { "/etc/matrix-synapse/ma1sd.yaml": REGISTRATION };
    const { problems } = await load(completed(text), { files });
    const errors = problems.filter(({ severity }) => severity === "error");
    const lines = Object.keys(change).map(Number);
    assert.deepEqual(errors.map(({ line }) => line), lines, errors.map(formatProblem).join("\n"));
    for (const error of errors) assert.match(formatProblem(error), change[error.line] ?? /^$/);
    const notice = "these keys belong to other features of mxisd and are ignored: ";
    const named = problems.map(({ message }) => message).find((one) => one.startsWith(notice));
    const names = (list: string | undefined) => list?.split(", ").toSorted();
    assert.deepEqual(names(named?.slice(notice.length)), names(ignored));
  });
}

Deno.test("the README's least configuration loads, and sets every link", async () => {
  const readme = await Deno.readTextFile(new URL("../../../README.md", import.meta.url));
  const [, text = ""] = /A minimal configuration:\n\n```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
  const result = await load(text, {
    files: {
      "registration.yaml": REGISTRATION.replace("-ma1sd", "-mxisd"),
      "ldap-password": "secret",
      "smtp-password": "secret",
    },
  }, { advice: true });
  assert.deepEqual(result.problems.map(({ key }) => key), ["server.publicUrl"]);
  assert.equal(result.kind, "loaded");
});
