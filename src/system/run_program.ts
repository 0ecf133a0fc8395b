/**
 * Running a program for its output, with an end that nothing outlives.
 *
 * @module
 */

import type { Invocation, ProgramResult } from "./program.ts";

// How much a program may write to its standard output, in bytes.
const MOST_OUTPUT = 2 ** 20;

// What is beyond that in the standard error is read and dropped.
const MOST_TOLD = 16 * 1024;

/**
 * Runs a program in a session of its own until it ends or the signal is aborted. Then whatever it
 * has started and is still in its process group is killed, so that nothing goes on behind.
 */
export async function runCommand(
  invocation: Invocation,
  signal: AbortSignal,
): Promise<ProgramResult> {
  const { command, args, env, input } = invocation;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(command, {
      args: [...args],
      // Nothing is inherited: the service's own environment may hold secrets.
      clearEnv: true,
      env: { ...env },
      // It leads a session and so a process group, which can be killed as a whole.
      detached: true,
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    return { kind: "notStarted", ...describeStartFailure(error) };
  }
  const kill = () => killGroup(child.pid);
  signal.addEventListener("abort", kill, { once: true });
  if (signal.aborted) kill();
  try {
    const [status, output, errors] = await Promise.all([
      child.status.finally(kill),
      collect(child.stdout, MOST_OUTPUT, signal, kill),
      collect(child.stderr, MOST_TOLD, signal),
      input === undefined ? undefined : feed(child.stdin, input),
    ]);
    const told = new TextDecoder().decode(errors.bytes);
    if (output.outputTooLarge) return { kind: "outputTooLarge", told };
    if (status.signal !== null) return { kind: "killed", signal: status.signal, told };
    const text = decode(output.bytes);
    if (text === undefined) return { kind: "notUtf8", code: status.code, told };
    return { kind: "ended", code: status.code, output: text, told };
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

function killGroup(leader: number): void {
  try {
    Deno.kill(-leader, "SIGKILL");
  } catch (error) {
    // Nobody is left in it.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

// Reads to the end, and keeps so much. Who has left the process group may hold the stream open: an
// aborted signal ends the reading as well.
async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  most: number,
  signal: AbortSignal,
  onFlood?: () => void,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly outputTooLarge: boolean }> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = stream.getReader();
  const cancel = () => void reader.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const kept = read.value.subarray(0, Math.max(0, most - length));
      if (kept.length > 0) chunks.push(kept);
      length += read.value.length;
      if (length > most) onFlood?.();
    }
  } finally {
    signal.removeEventListener("abort", cancel);
  }
  return { bytes: await new Blob(chunks).bytes(), outputTooLarge: length > most };
}

async function feed(
  stream: WritableStream<Uint8Array<ArrayBuffer>>,
  input: string | Uint8Array<ArrayBuffer>,
): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(typeof input === "string" ? new TextEncoder().encode(input) : input);
    await writer.close();
  } catch (error) {
    // Whoever needs no input need not read it. Deno 2.6 tells why the stream cannot be closed in the
    // stream alone.
    const reason = await writer.closed.then(() => error, (stored) => stored);
    if (!(reason instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

// The system is short of something, or the program is being written just now.
const PASSES = ["EAGAIN", "ENOMEM", "EMFILE", "ENFILE", "ETXTBSY"];

function describeStartFailure(
  error: unknown,
): { readonly reason: string; readonly passes: boolean } {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  const passes = code !== undefined && PASSES.includes(code);
  if (error instanceof Deno.errors.NotFound) return { reason: "there is no such program", passes };
  if (error instanceof Deno.errors.NotCapable) {
    return { reason: "this process has given up to run programs", passes };
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return { reason: "it may not be run: is it executable?", passes };
  }
  // The error's text repeats nothing of ours but the path; its code says enough.
  return { reason: `the system refuses it (${code ?? "unknown reason"})`, passes };
}
