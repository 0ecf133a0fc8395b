/**
 * Runs the unit tests, those of one folder below `tests` together.
 *
 * `deno test` loads everything that a file imports again for each file, which takes longer than most
 * of the tests themselves. So each folder gets a module that imports its test files. Types are not
 * checked: `deno check` does that.
 *
 * Usage: deno run -A scripts/run_tests.ts [FLAGS OF `deno test`]
 *
 * @module
 */

const root = new URL("../", import.meta.url);
const modules = new URL(".tests/", root);

const files = await Array.fromAsync(testFiles("tests"));
const folders = Map.groupBy(files, (file) => file.split("/").slice(1, -1)[0] ?? "tests");
// The largest first, so that none of them is left for the end, when the other cores are idle.
const largestFirst = [...folders].sort(([, one], [, other]) => other.length - one.length);

await Deno.mkdir(modules, { recursive: true });
const paths: string[] = [];
for (const [folder, files] of largestFirst) {
  const imports = files.sort().map((file) => `import "../${file}";\n`);
  await Deno.writeTextFile(new URL(`${folder}_test.ts`, modules), imports.join(""));
  paths.push(`.tests/${folder}_test.ts`);
}

// One more than there are cores, because tests also wait: for processes, the disk, time limits.
const jobs = Deno.env.get("DENO_JOBS") ?? `${navigator.hardwareConcurrency + 1}`;
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "--frozen", "-A", "--no-check", "--parallel", ...Deno.args, ...paths],
  cwd: root,
  env: { DENO_JOBS: jobs },
}).spawn().status;
Deno.exitCode = code;

/** The unit tests below a folder, by their paths from the project's root. */
async function* testFiles(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory && path !== "tests/e2e") yield* testFiles(path);
    else if (path.endsWith("_test.ts")) yield path;
  }
}
