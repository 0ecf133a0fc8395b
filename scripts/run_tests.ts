/**
 * Runs the unit tests in a few modules, each of which imports the test files of one folder.
 *
 * `deno test` loads the imports of every test module again, which takes longer than most tests. Types
 * are not checked: `deno check` does that.
 *
 * Usage: deno run -A scripts/run_tests.ts [FLAGS OF `deno test`]
 *
 * @module
 */

const root = new URL("../", import.meta.url);

// The folders whose tests take the longest start first, in so many modules, so that all cores are busy
// to the end. The others have one module each, because each one costs the time to load its imports.
const SLOWEST: Readonly<Record<string, number>> = { cli: 3, render: 2, notify: 2, outbox: 1 };

// One more than there are cores, because tests also wait: for processes, the disk and time limits.
const jobs = Deno.env.get("DENO_JOBS") ?? `${navigator.hardwareConcurrency + 1}`;
const flags = ["--frozen", "-A", "--no-check", "--parallel"];
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", ...flags, ...Deno.args, ...await writeModules()],
  cwd: root,
  env: { DENO_JOBS: jobs },
}).spawn().status;
Deno.exitCode = code;

/**
 * Writes the modules, and returns their paths in the order in which they start. Their names are not
 * those of test files, so that `deno test` without arguments does not find them.
 */
async function writeModules(): Promise<readonly string[]> {
  const folders = Object.groupBy(
    await Array.fromAsync(testFiles("tests")),
    (file) => file.split("/").slice(1, -1)[0] ?? "tests",
  );
  const inOrder = new Set([...Object.keys(SLOWEST), ...Object.keys(folders).sort()]);
  await Deno.mkdir(new URL(".tests/", root), { recursive: true });
  const modules: string[] = [];
  for (const folder of inOrder) {
    const files = folders[folder]?.sort() ?? [];
    const count = Math.min(SLOWEST[folder] ?? 1, files.length);
    for (let index = 0; index < count; index++) {
      const module = `.tests/${folder}${count > 1 ? `_${index + 1}` : ""}.ts`;
      // Every `count`th file, because neighbours often take equally long.
      const imports = files.filter((_, at) => at % count === index).map((file) =>
        `import "../${file}";\n`
      );
      await Deno.writeTextFile(new URL(module, root), imports.join(""));
      modules.push(module);
    }
  }
  return modules;
}

/** The unit tests below a folder, by their paths from the project's root. */
async function* testFiles(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory && path !== "tests/e2e") yield* testFiles(path);
    else if (path.endsWith("_test.ts")) yield path;
  }
}
