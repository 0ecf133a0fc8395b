/**
 * What the checks of a deployment find.
 *
 * @module
 */

/** The parts of a deployment, in the order in which they are reported. */
export const PARTS = [
  "configuration",
  "files",
  "database",
  "clock",
  "templates",
  "stores",
  "mail",
  "dns",
  "homeserver",
  "publicUrl",
  "synapse",
] as const;

/** A part of a deployment. */
export type Part = typeof PARTS[number];

/** The result of one check. */
export interface Check {
  /** What was checked, such as `SPF` or the name of a store. */
  readonly check: string;
  /**
   * `error`: invites are lost, late or unsent until somebody acts. `warning`: it works, but not for
   * everybody or not for ever. `skipped`: it cannot be known, or does not apply.
   */
  readonly result: "ok" | "warning" | "error" | "skipped";
  /** What was seen: one line, without secrets. It may contain text from outside as it is. */
  readonly seen: string;
  /** What to do about it: one line. */
  readonly remedy?: string | undefined;
}

/** A check, and the part that it belongs to. */
export interface Finding extends Check {
  readonly part: Part;
}

/** What is as it should be. */
export function ok(check: string, seen: string): Check {
  return { check, result: "ok", seen };
}

/** What should be otherwise. */
export function warning(check: string, seen: string, remedy: string): Check {
  return { check, result: "warning", seen, remedy };
}

/** What has to be otherwise. */
export function error(check: string, seen: string, remedy: string): Check {
  return { check, result: "error", seen, remedy };
}

/** What cannot be known, or does not apply. */
export function skipped(check: string, seen: string, remedy?: string): Check {
  return { check, result: "skipped", seen, remedy };
}
