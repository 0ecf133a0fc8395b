/**
 * Runs the unit tests in a few modules, each of which imports a part of the test files.
 *
 * `deno test` loads the imports of every test module again, which takes longer than most tests. Types
 * are not checked: `deno check` does that.
 *
 * Usage: deno run -A scripts/run_tests.ts [FLAGS OF `deno test`]
 *
 * @module
 */

const root = new URL("../", import.meta.url);

// One more than there are cores, because tests also wait: for processes, the disk and time limits.
const jobs = Number(Deno.env.get("DENO_JOBS") ?? navigator.hardwareConcurrency + 1);
const flags = ["--frozen", "-A", "--no-check", "--parallel"];
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", ...flags, ...Deno.args, ...await writeModules()],
  cwd: root,
  env: { DENO_JOBS: `${jobs}` },
}).spawn().status;
Deno.exitCode = code;

/**
 * Writes a module for each job, and returns their paths. Every `jobs`th file is in the same module,
 * because neighbours often take equally long. The names are not those of test files, so that
 * `deno test` without arguments does not find them.
 */
async function writeModules(): Promise<readonly string[]> {
  const files = (await Array.fromAsync(testFiles("tests"))).sort();
  await Deno.mkdir(new URL(".tests/", root), { recursive: true });
  return await Promise.all(Array.from({ length: jobs }, async (_, job) => {
    const imports = files.filter((_, at) => at % jobs === job).map((file) =>
      `import "../${file}";\n`
    );
    const module = `.tests/${job + 1}.ts`;
    await Deno.writeTextFile(new URL(module, root), imports.join(""));
    return module;
  }));
}

/** The unit tests below a folder, by their paths from the project's root. */
async function* testFiles(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory && path !== "tests/e2e") yield* testFiles(path);
    else if (path.endsWith("_test.ts")) yield path;
  }
}
