import assert from "node:assert/strict";
import type { ProgramResult } from "../../src/system/program.ts";
import { runProgram } from "../../src/system/run_program.ts";
import { makePipe, openPipe } from "../fakes/system/named_pipe.ts";

const NEVER = new AbortController().signal;
const PATH = "/usr/local/bin:/usr/bin:/bin";

/** What a shell's script comes to; the shell is the program here, not in between. */
function script(
  text: string,
  options: { input?: string; signal?: AbortSignal } = {},
): Promise<ProgramResult> {
  const { input, signal = NEVER } = options;
  return runProgram({
    command: "sh",
    args: ["-c", text],
    env: { PATH },
    ...(input === undefined ? {} : { input }),
  }, signal);
}

Deno.test("a program's output, standard error and exit code are returned", async () => {
  assert.deepEqual(await script("cat; echo oops >&2; exit 3", { input: "zoë\n" }), {
    kind: "ended",
    code: 3,
    stdout: "zoë\n",
    stderr: "oops\n",
  });
});

Deno.test("arguments reach a program unchanged, without a shell", async () => {
  const args = ["$(touch x)", "`id`", "; id", "a b", "*", "", '"', "\\", "zoë\n"];
  const command = { command: "printf", args: ["<%s>", ...args], env: { PATH } };
  const ran = await runProgram(command, NEVER);
  assert.equal(ran.kind === "ended" && ran.stdout, args.map((arg) => `<${arg}>`).join(""));
});

Deno.test("a program's environment is only the given one", async () => {
  const command = { command: "env", args: [], env: { PATH, WHO: "@bob:example.org" } };
  const ran = await runProgram(command, NEVER);
  assert.ok(ran.kind === "ended");
  assert.deepEqual(ran.stdout.trim().split("\n").sort(), [`PATH=${PATH}`, "WHO=@bob:example.org"]);
});

Deno.test("without input, a program's standard input is empty", async () => {
  assert.deepEqual(await script("cat"), { kind: "ended", code: 0, stdout: "", stderr: "" });
});

Deno.test("a program gets bytes unchanged", async () => {
  const input = new Uint8Array([0, 13, 10, 255]);
  const command = { command: "od", args: ["-An", "-tx1"], env: { PATH }, input };
  const ran = await runProgram(command, NEVER);
  assert.equal(ran.kind === "ended" && ran.stdout, " 00 0d 0a ff\n");
});

Deno.test("a program need not read its input", async () => {
  const ran = await script("exit 0", { input: "x".repeat(1_000_000) });
  assert.equal(ran.kind, "ended");
});

Deno.test("a program that is ended by a signal is reported with the signal", async () => {
  assert.deepEqual(await script("kill -TERM $$"), {
    kind: "killed",
    signal: "SIGTERM",
    stderr: "",
  });
});

Deno.test("a program that writes without end is killed", async () => {
  assert.equal((await script("yes")).kind, "outputTooLarge");
  assert.equal((await script("yes & yes")).kind, "outputTooLarge");
});

Deno.test("just under the limit is enough, just over it too much", async () => {
  const ran = await script("head -c 1048576 /dev/zero");
  assert.equal(ran.kind === "ended" && ran.stdout.length, 1_048_576);
  assert.equal((await script("head -c 1048577 /dev/zero")).kind, "outputTooLarge");
});

Deno.test("the standard error is kept up to a limit, and the rest is dropped", async () => {
  const ran = await script("head -c 3000000 /dev/zero >&2; echo done");
  assert.ok(ran.kind === "ended");
  assert.deepEqual([ran.stdout, ran.stderr.length], ["done\n", 16384]);
});

Deno.test("output that is not text is reported", async () => {
  const ran = await script("printf '\\377'; exit 4");
  assert.deepEqual(ran, { kind: "notUtf8", code: 4, stderr: "" });
});

Deno.test("a program that cannot be started is reported with the reason", async () => {
  const start = (command: string) => runProgram({ command, args: [], env: { PATH } }, NEVER);
  assert.deepEqual(await start("/nowhere/ask"), {
    kind: "notStarted",
    reason: "there is no such program",
    transient: false,
  });
  assert.deepEqual(await start("/etc/passwd"), {
    kind: "notStarted",
    reason: "it may not be run: is it executable?",
    transient: false,
  });
  const args = ["x".repeat(10_000_000)];
  assert.deepEqual(await runProgram({ command: "true", args, env: { PATH } }, NEVER), {
    kind: "notStarted",
    reason: "the system refuses it (E2BIG)",
    transient: false,
  });
});

Deno.test("an abort kills the program and what it has started", async () => {
  await using fifo = await makeFifo();
  const stop = new AbortController();
  // Both keep the pipe open; its end tells that both are gone.
  const running = script(`exec 3>${fifo.path}; sleep 600 & echo started >&3; sleep 600`, {
    signal: stop.signal,
  });
  using reader = await openPipe(fifo.path);
  assert.equal(await reader.next(), "started\n");
  stop.abort();
  assert.deepEqual(await running, { kind: "killed", signal: "SIGKILL", stderr: "" });
  assert.equal(await reader.next(), undefined);
});

Deno.test("what a program leaves behind is killed when it ends", async () => {
  await using fifo = await makeFifo();
  const running = script(`exec 3>${fifo.path}; sleep 600 & echo started >&3; echo '{}'`);
  using reader = await openPipe(fifo.path);
  assert.equal(await reader.next(), "started\n");
  assert.deepEqual(await running, { kind: "ended", code: 0, stdout: "{}\n", stderr: "" });
  assert.equal(await reader.next(), undefined);
});

Deno.test("a process that has left the group does not delay the end after an abort", async () => {
  await using fifo = await makeFifo();
  const stop = new AbortController();
  const away = `setsid sh -c 'echo $$ >${fifo.path}; exec sleep 600'`;
  const running = script(`${away} & sleep 600`, { signal: stop.signal });
  using reader = await openPipe(fifo.path);
  const escaped = Number(await reader.next());
  stop.abort();
  assert.deepEqual(await running, { kind: "killed", signal: "SIGKILL", stderr: "" });
  Deno.kill(escaped, "SIGKILL");
});

Deno.test("a program whose signal is already aborted is killed at once", async () => {
  const ran = await script("sleep 600", { signal: AbortSignal.abort() });
  assert.deepEqual(ran, { kind: "killed", signal: "SIGKILL", stderr: "" });
});

/** A folder with a named pipe. */
async function makeFifo() {
  const folder = await Deno.makeTempDir({ prefix: "appservice-mxisd-run-" });
  const path = `${folder}/pipe`;
  await makePipe(path);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}
