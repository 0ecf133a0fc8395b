/**
 * Reports how many of the program's lines the tests have run, and fails below a limit.
 *
 * Usage: deno run -A scripts/coverage.ts PERCENT FOLDER...
 *
 * The folders contain the output of `deno test --coverage=FOLDER --coverage-raw-data-only`.
 *
 * @module
 */

// deno-lint-ignore-file no-console

const [percent, ...folders] = Deno.args;
const limit = Number(percent);
if (!(limit > 0 && limit <= 100) || folders.length === 0) {
  throw new Error("Usage: deno run -A scripts/coverage.ts PERCENT FOLDER...");
}

const source = new URL("../src/", import.meta.url);
const { code, stdout } = await new Deno.Command(Deno.execPath(), {
  args: ["coverage", "--lcov", `--include=^${source}`, ...folders],
  stderr: "inherit",
}).output();
if (code !== 0) Deno.exit(code);

// LF and LH count the lines of a file, and those that were run.
const files: { file: string; lines: number; run: number }[] = [];
for (const record of new TextDecoder().decode(stdout).split("end_of_record")) {
  const file = /^SF:(.*)$/m.exec(record)?.[1];
  if (file === undefined) continue;
  const count = (name: string) =>
    Number(new RegExp(`^${name}:(\\d+)$`, "m").exec(record)?.[1] ?? 0);
  files.push({ file: file.slice(source.pathname.length), lines: count("LF"), run: count("LH") });
}

const lines = files.reduce((sum, file) => sum + file.lines, 0);
const run = files.reduce((sum, file) => sum + file.run, 0);
const share = lines === 0 ? 0 : 100 * run / lines;
for (const { file, ...counts } of files.filter((file) => file.run < 0.8 * file.lines)) {
  console.log(`${file}: ${counts.run} of ${counts.lines} lines`);
}
console.log(`${run} of ${lines} lines of ${files.length} files: ${share.toFixed(1)} %`);
if (share < limit) {
  console.error(`That is less than ${limit} %.`);
  Deno.exitCode = 1;
}
