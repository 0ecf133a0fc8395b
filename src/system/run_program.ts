/**
 * Runs a program for its output, and kills what it leaves behind.
 *
 * @module
 */

import type { Invocation, ProgramResult } from "./program.ts";

// A program that writes more to its standard output is killed.
const MAX_STDOUT_BYTES = 2 ** 20;

// The rest of the standard error is read and dropped.
const MAX_STDERR_BYTES = 16 * 1024;

/**
 * Runs a program in a session of its own until it ends or the signal is aborted. Then the processes
 * that it has started, and that are still in its process group, are killed.
 */
export async function runProgram(
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
      collect(child.stdout, MAX_STDOUT_BYTES, signal, kill),
      collect(child.stderr, MAX_STDERR_BYTES, signal),
      input === undefined ? undefined : feed(child.stdin, input),
    ]);
    const stderr = new TextDecoder().decode(errors.bytes);
    if (output.outputTooLarge) return { kind: "outputTooLarge", stderr };
    if (status.signal !== null) return { kind: "killed", signal: status.signal, stderr };
    const text = decode(output.bytes);
    if (text === undefined) return { kind: "notUtf8", code: status.code, stderr };
    return { kind: "ended", code: status.code, stdout: text, stderr };
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

function killGroup(leader: number): void {
  try {
    Deno.kill(-leader, "SIGKILL");
  } catch (error) {
    // No process is left in the group.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

// Reads to the end, and keeps the beginning. A process that has left the group may hold the stream
// open: an aborted signal ends the reading as well.
async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  maxBytes: number,
  signal: AbortSignal,
  onTooLarge?: () => void,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly outputTooLarge: boolean }> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = stream.getReader();
  const cancel = () => void reader.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const kept = read.value.subarray(0, Math.max(0, maxBytes - length));
      if (kept.length > 0) chunks.push(kept);
      length += read.value.length;
      if (length > maxBytes) onTooLarge?.();
    }
  } finally {
    signal.removeEventListener("abort", cancel);
  }
  return { bytes: await new Blob(chunks).bytes(), outputTooLarge: length > maxBytes };
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
    // A program may end without reading its input. Deno 2.6 reports the reason only as the stream's.
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

// The system is short of a resource, or the program's file is being written.
const TRANSIENT = ["EAGAIN", "ENOMEM", "EMFILE", "ENFILE", "ETXTBSY"];

function describeStartFailure(
  error: unknown,
): { readonly reason: string; readonly transient: boolean } {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  const transient = code !== undefined && TRANSIENT.includes(code);
  if (error instanceof Deno.errors.NotFound) {
    return { reason: "there is no such program", transient };
  }
  if (error instanceof Deno.errors.NotCapable) {
    return { reason: "this process does not have Deno's permission to run it", transient };
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return { reason: "it may not be run: is it executable?", transient };
  }
  return { reason: `the system refuses it (${code ?? "unknown reason"})`, transient };
}
