/**
 * Programs of the organisation's own that are run: what they are given, and what comes of it.
 *
 * @module
 */

/** A program to run. It is never given to a shell. */
export interface Invocation {
  /** A path, or a name that is looked for in the `PATH` of `env`. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Its environment, all of it. */
  readonly env: Readonly<Record<string, string>>;
  /** What it reads from its standard input; without it there is nothing to read. */
  readonly input?: string | Uint8Array<ArrayBuffer>;
}

/** What came of it. */
export type ProgramResult =
  /** It ended by itself, and its output was text. */
  | {
    readonly kind: "ended";
    readonly code: number;
    readonly output: string;
    readonly told: string;
  }
  /** A signal ended it, which may have been ours. */
  | { readonly kind: "killed"; readonly signal: string; readonly told: string }
  /** It wrote more than anybody should, and was killed for it. */
  | { readonly kind: "outputTooLarge"; readonly told: string }
  /** It ended by itself, and what it wrote is no text in UTF-8. */
  | { readonly kind: "notUtf8"; readonly code: number; readonly told: string }
  /** It could not be started; `passes` when that may be different soon. */
  | { readonly kind: "notStarted"; readonly reason: string; readonly passes: boolean };

/**
 * Runs a program until it ends or the signal is aborted, and leaves nothing of it behind. `told` is
 * what it wrote to its standard error, as far as it is kept.
 */
export type RunCommand = (invocation: Invocation, signal: AbortSignal) => Promise<ProgramResult>;

// The `PATH` of programs that have none of their own.
const SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What a login shell would have. The service's own environment, which may hold secrets, stays. */
export const PROGRAM_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: SEARCH_PATH,
  LANG: "C.UTF-8",
};

/**
 * Why a program cannot be run, found out without running it; `undefined` when it can.
 *
 * @param command A path, or a name that is looked for in the folders.
 * @param path Folders, as `PATH` has them.
 */
export async function notRunnableReason(
  command: string,
  path: string = SEARCH_PATH,
): Promise<string | undefined> {
  const places = command.includes("/")
    ? [command]
    : path.split(":").map((folder) => `${folder}/${command}`);
  let reason = "there is no such program";
  for (const place of places) {
    try {
      const { isFile, mode } = await Deno.stat(place);
      if (isFile && ((mode ?? 0o111) & 0o111) !== 0) return undefined;
      reason = "it may not be run: is it executable?";
    } catch (error) {
      // Whether it can be run will be seen when it is.
      if (error instanceof Deno.errors.NotCapable) return undefined;
      if (error instanceof Deno.errors.PermissionDenied) reason = "it may not be looked at";
    }
  }
  return reason;
}
