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

// Where each document has a whole configuration.
const WHOLE: Readonly<Record<string, RegExp>> = {
  "README.md": /A minimal configuration:\n\n```yaml\n([\s\S]*?)```/,
  "docs/first-mail.md": /```yaml\n([\s\S]*?)```/,
};

for (const [file, place] of Object.entries(WHOLE)) {
  Deno.test(`the least configuration loads: ${file}`, async () => {
    const document = await Deno.readTextFile(new URL(`../../../${file}`, import.meta.url));
    const [, text = ""] = place.exec(document) ?? [];
    const result = await load(text, {
      files: {
        "registration.yaml": REGISTRATION.replace("-ma1sd", "-mxisd"),
        "ldap-password": "secret",
        "smtp-password": "secret",
      },
      databases: { "/var/lib/matrix-synapse/homeserver.db": ["events"] },
    });
    assert.equal(result.kind, "loaded");
    const serious = result.problems.filter(({ severity }) => severity !== "notice");
    assert.deepEqual(serious.map(formatProblem), []);
  });
}

Deno.test("the README's least configuration sets every link", async () => {
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
});
