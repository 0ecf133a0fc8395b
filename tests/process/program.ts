/**
 * The program under test: its source, or the executable that E2E_EXECUTABLE names.
 *
 * @module
 */

import { programFlags } from "../../scripts/program_flags.ts";
import { Child } from "./child.ts";
import { type RunResult, runToEnd } from "./run_to_end.ts";

/** Runs a command of the program to its end, in a folder. */
export async function runCommand(cwd: string, ...args: readonly string[]): Promise<RunResult> {
  const command = await programCommand();
  return await runToEnd([...command, ...args], { cwd, env: programEnvironment() });
}

/**
 * Runs a command as a mail server does: with a message on its standard input, and the variables that
 * Postfix sets.
 */
export async function pipeCommand(
  cwd: string,
  input: Uint8Array,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<RunResult> {
  const command = await programCommand();
  return await runToEnd([...command, ...args], {
    ...{ cwd, input },
    env: { ...programEnvironment(), ...env },
  });
}

/**
 * Starts `serve` with a configuration in a folder, and waits until it listens.
 *
 * @param env More variables of its environment.
 */
export async function serve(
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  return await startServe(cwd, await programCommand(), env);
}

/** Starts `serve` with `probe.ts` inside, and waits until it listens. */
export async function serveProbed(cwd: string): Promise<Child> {
  return await startServe(cwd, await programCommand(true));
}

/**
 * Starts `serve` with a configuration in a folder, and does not wait until it listens.
 *
 * @param env More variables of its environment.
 * @param args More arguments.
 */
export async function startServing(
  cwd: string,
  env: Readonly<Record<string, string>> = {},
  ...args: readonly string[]
): Promise<Child> {
  return spawnServe(cwd, await programCommand(), env, args);
}

/**
 * Starts `serve` of another build of the program, and waits until it listens.
 *
 * @param program Its command line, without a command.
 * @param env More variables of its environment.
 */
export async function serveBuild(
  cwd: string,
  program: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  return await startServe(cwd, program, env);
}

function spawnServe(
  cwd: string,
  program: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Child {
  return new Child({
    name: "the program",
    command: [...program, "serve", "-c", "mxisd.yaml", ...args],
    cwd,
    env: { ...programEnvironment(), ...env },
  });
}

async function startServe(
  cwd: string,
  program: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const child = spawnServe(cwd, program, env);
  try {
    await child.line((line) => logEvent(line)?.event === "listening");
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
  return child;
}

/** A line of the program's log. */
export interface LogEvent {
  /** The event's name. */
  readonly event: string;
  /** Its properties by name. */
  readonly [property: string]: unknown;
}

/** The event in a line of the program's output; `undefined` if it is not a line of the log. */
export function logEvent(line: string): LogEvent | undefined {
  return line.startsWith("{") ? JSON.parse(line) : undefined;
}

/**
 * The command line of the program, without a command.
 *
 * @param probed Whether it contains `probe.ts`. The executable with it is beside the other one.
 */
export async function programCommand(probed = false): Promise<[string, ...string[]]> {
  const executable = Deno.env.get("E2E_EXECUTABLE");
  if (executable) return [await Deno.realPath(probed ? `${executable}-probe` : executable)];
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const preload = probed ? [`--preload=${new URL("probe.ts", import.meta.url).pathname}`] : [];
  return [Deno.execPath(), "run", ...await programFlags(), ...preload, main];
}

/** The environment of the program: only the variables that Deno itself needs. */
export function programEnvironment(): Record<string, string> {
  const names = ["HOME", "DENO_DIR", "XDG_CACHE_HOME", "DENO_COVERAGE_DIR", "NO_COLOR"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
