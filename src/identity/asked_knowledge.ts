/**
 * Asks the homeserver what it knows, such that it costs no mail and little time when it cannot be asked.
 *
 * @module
 */

import { SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";
import { withDeadline } from "./deadline.ts";
import type { AskedKnowledge, KnowledgeSource } from "./knowledge.ts";
import { StoreError } from "./port.ts";

const log = openLog("identity");

// Otherwise thousands of mails would each wait for the deadline.
const PAUSE_MS = 15 * SECOND;

/** How it is asked. */
export interface AskOptions {
  readonly clock: Clock;
  /** How long an answer may take, in milliseconds. */
  readonly deadline: number;
}

/**
 * Asks a source. After a failure nobody is asked about for a while, then about one person at a time until
 * there is an answer. The log says once that the homeserver cannot be asked, and once that it can.
 */
export function askKnowledge(
  source: KnowledgeSource,
  { clock, deadline }: AskOptions,
): AskedKnowledge {
  let failing = false;
  let askAgainAt = -Infinity; // By the clock that cannot be set.

  function failed(error: unknown): void {
    askAgainAt = clock.monotonic() + PAUSE_MS;
    if (failing) return;
    failing = true;
    const isKnown = error instanceof StoreError;
    // The text of other errors may contain anything.
    const data = isKnown ? { reason: error.message } : { error };
    const needsHelp = !isKnown || error.kind === "misconfigured";
    log[needsHelp ? "error" : "warn"]("homeserver cannot be asked, mails go out without", data);
  }

  return {
    async ask(user, { activity, signal } = {}) {
      if (failing) {
        if (clock.monotonic() < askAgainAt) return undefined;
        askAgainAt = clock.monotonic() + deadline + PAUSE_MS;
      }
      try {
        const known = await withDeadline(
          "homeserver",
          { clock, deadline, signal },
          (ended) => source.find(user, { activity, signal: ended }),
        );
        if (failing) log.info("homeserver can be asked again");
        failing = false;
        return known;
      } catch (error) {
        if (!signal?.aborted) failed(error);
        return undefined;
      }
    },
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}
