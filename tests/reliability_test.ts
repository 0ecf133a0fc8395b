import assert from "node:assert/strict";

const DOCUMENT = new URL("../docs/reliability.md", import.meta.url);
const TESTS = new URL("./", import.meta.url);

Deno.test("each fault in docs/reliability.md names a test that exists", async () => {
  const rows = (await Deno.readTextFile(DOCUMENT)).split("\n").filter((line) =>
    line.startsWith("|") && !/^\| (?:fault |-)/.test(line)
  );
  assert.ok(rows.length > 0);
  const texts = await Array.fromAsync(testFiles(TESTS), (file) => Deno.readTextFile(file));
  const missing = rows.filter((row) => {
    const name = /`([^`]+)` +\|$/.exec(row)?.[1];
    return name === undefined || !texts.some((text) => text.includes(`"${name}"`));
  });
  assert.deepEqual(missing, []);
});

async function* testFiles(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* testFiles(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}
