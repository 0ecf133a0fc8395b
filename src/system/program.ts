/**
 * Programs of the organisation's own that this one runs: their input and their result.
 *
 * @module
 */

/** A program to run. It is never given to a shell. */
export interface Invocation {
  /** A path, or a name to look up in the `PATH` of `env`. */
  readonly command: string;
  /** The arguments after the command's name. */
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Its standard input, by default `/dev/null`. */
  readonly input?: string | Uint8Array<ArrayBuffer> | undefined;
}

/** How a program ended. Its standard error is kept up to a limit. */
export type ProgramResult =
  /** It exited, and its output is text. */
  | {
    readonly kind: "ended";
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
  }
  /** A signal ended it, which may have been ours. */
  | { readonly kind: "killed"; readonly signal: string; readonly stderr: string }
  /** It was killed because its output exceeded the limit. */
  | { readonly kind: "outputTooLarge"; readonly stderr: string }
  /** It exited, and its output is not UTF-8. */
  | { readonly kind: "notUtf8"; readonly code: number; readonly stderr: string }
  /** It could not be started; `transient` when another attempt may succeed. */
  | { readonly kind: "notStarted"; readonly reason: string; readonly transient: boolean };

/** Runs a program until it ends or the signal is aborted, and leaves no process behind. */
export type RunProgram = (invocation: Invocation, signal: AbortSignal) => Promise<ProgramResult>;

/** Where programs are looked up that have no `PATH` of their own. */
export const SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A login shell's environment. The service's own is not passed on: it may hold secrets. */
export const PROGRAM_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: SEARCH_PATH,
  LANG: "C.UTF-8",
};
