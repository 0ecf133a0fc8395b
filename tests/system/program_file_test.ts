import assert from "node:assert/strict";
import { programFile } from "../../src/system/program_file.ts";

const root = new URL("../../", import.meta.url);

async function* sources(folder: string): AsyncGenerator<readonly [path: string, text: string]> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}${name}`;
    if (isDirectory) yield* sources(`${path}/`);
    else if (name.endsWith(".ts")) yield [path, await Deno.readTextFile(new URL(path, root))];
  }
}

Deno.test("a file of the program is named by its path from the root", () => {
  assert.equal(programFile("main.ts").href, new URL("main.ts", root).href);
});

Deno.test("whatever is loaded by its URL exists, and is in the executable", async () => {
  const script = await Deno.readTextFile(new URL("scripts/compile.ts", root));
  const named = new Set<string>();
  const relative: string[] = [];
  for await (const [path, text] of sources("src/")) {
    // One place knows where a module is.
    if (text.includes("import.meta.url")) relative.push(path);
    for (const [, name = ""] of text.matchAll(/programFile\(["`]([^"`$]+?)\/?["`$]/g)) {
      named.add(name);
    }
  }
  assert.deepEqual(relative, ["src/system/program_file.ts"]);
  assert.ok(named.size >= 4, [...named].join());
  for (const path of named) {
    await Deno.stat(new URL(path, root));
    assert.ok(script.includes(`"--include=${path}"`), path);
  }
});
