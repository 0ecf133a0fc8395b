import fc from "fast-check";
import assert from "node:assert/strict";
import { stringify } from "yaml";
import { loadSettings } from "../../src/config/load.ts";
import { allKeys } from "../../src/config/schema/walk.ts";
import { settingsSchema } from "../../src/config/sections/settings.ts";
import { machineEnvironment } from "../../src/config/source/environment.ts";
import { formatProblem } from "../../src/config/source/problem.ts";
import { codePoint } from "../fakes/text/code_point.ts";
import { runs } from "../thorough.ts";
import { completed, load } from "./configuration.ts";

// One line, and nothing that a terminal acts on.
const ACTS = /[\p{C}\p{Zl}\p{Zp}]/u;

async function check(text: string): Promise<void> {
  const result = await load(text);
  assert.equal(
    result.kind === "refused",
    result.problems.some(({ severity }) => severity === "error"),
  );
  for (const problem of result.problems) {
    assert.doesNotMatch(formatProblem(problem), ACTS);
    assert.ok(problem.line >= 1 && problem.column >= 1);
  }
}

Deno.test("any text gives settings or problems", async () => {
  const characters = fc.constantFrom(..."ab:-#[]{}&*!|>'\"%@`,?<~ \n\t\r\u0000\u001b\u202e\ud800");
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ unit: codePoint }),
        fc.array(characters, { maxLength: 60 }).map((parts) => parts.join("")),
      ),
      async (text) => {
        await check(text);
        await check(completed(text));
      },
    ),
    runs(100),
  );
});

Deno.test("any value under any key gives settings or problems", async () => {
  const keys = allKeys(settingsSchema).filter((key) => !key.includes("[]"));
  const value = fc.oneof(fc.string(), fc.anything({ maxDepth: 2 }));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...keys), value, async (key, value) => {
      const tree = key.reduceRight<unknown>((below, name) => ({ [name]: below }), value);
      let text: string;
      try {
        text = stringify(tree);
      } catch {
        return; // a symbol or a function has no YAML
      }
      await check(completed(text));
    }),
    runs(100),
  );
});

Deno.test("any bytes in the file give settings or problems", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const environment = { ...machineEnvironment(), cwd: folder };
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        await Deno.writeFile(`${folder}/mxisd.yaml`, bytes);
        assert.equal((await loadSettings("mxisd.yaml", environment)).kind, "refused");
      }),
      runs(50),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
