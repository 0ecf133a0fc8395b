/**
 * A broken deployment, and what tells an administrator about it.
 *
 * @module
 */

import type { Differences } from "../../cli/workspace.ts";
import type { Site } from "./site.ts";

/** A deployment with one fault. */
export interface BrokenDeployment {
  /** The fault; the name of the test and of its golden file. */
  readonly what: string;
  /**
   * Breaks something, and returns what the configuration has other than the usual one; nothing if it
   * has written that itself.
   */
  readonly arrange: (site: Site) => Differences | Promise<Differences | void>;
  /**
   * When the fault can be known, which is when it has to be told: the program does not start, the
   * service has started, or it has worked on an invite.
   */
  readonly known: "before the start" | "at the start" | "at an invite";
  /** The event that tells it; `undefined` before the start, when the program ends. */
  readonly event?: string;
  /** Whether the program runs without root's power over files of others. */
  readonly unprivileged?: boolean;
}
