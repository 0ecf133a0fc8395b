/**
 * Tells whether the service takes transactions, and whether emails go out.
 *
 * @module
 */

import type { Circuit } from "../../notify/circuit.ts";
import type { Halt } from "../../notify/worker.ts";
import { type Outbox, OutboxError, type Work } from "../../outbox/port.ts";
import { formatDuration } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";

/** What readiness is told from. */
export interface ReadinessOptions {
  readonly outbox: Pick<Outbox, "check" | "nextDue">;
  /** The circuits of the identity stores and of the mail transport. */
  readonly circuits: Readonly<Record<Work, Pick<Circuit, "isOpen">>>;
  /** Whether the homeserver is catching up: nothing is worked on then. */
  readonly catchUp: Pick<Halt, "left">;
  /** How long due work may wait, in milliseconds. */
  readonly maxDelay: number;
  readonly clock: Clock;
}

/** Why the service is not ready, one line each; empty when it is. */
export type Obstacles = readonly string[];

/** Whether the service does its work. */
export interface Readiness {
  /** Whether it works, which it does between its start and its end. */
  running: boolean;
  /** Why it takes no transactions. A mail server that is down is no reason: they are kept. */
  takesTransactions(): Promise<Obstacles>;
  /** Why emails do not go out. */
  delivers(): Promise<Obstacles>;
  /** For how many milliseconds work has been due that nobody has begun; 0 if none is. */
  overdue(work: Work): Promise<number>;
}

const OUTAGES: Readonly<Record<Work, string>> = {
  invitations: "the identity stores do not answer",
  mails: "the mail server takes no emails",
};

/** Tells it for a service that does not run yet. */
export function openReadiness(options: ReadinessOptions): Readiness {
  const { outbox, circuits, catchUp, maxDelay, clock } = options;
  const readiness: Readiness = {
    running: false,
    async takesTransactions() {
      if (!readiness.running) return ["the service starts or stops"];
      try {
        await outbox.check();
        return [];
      } catch (error) {
        if (!(error instanceof OutboxError)) throw error;
        return ["the database is unavailable"];
      }
    },
    async delivers() {
      const obstacles = [...await readiness.takesTransactions()];
      if (obstacles.length > 0) return obstacles;
      for (const work of ["invitations", "mails"] as const) {
        if (circuits[work].isOpen) obstacles.push(OUTAGES[work]);
        if (await isLate(work)) {
          obstacles.push(`${work} that are due wait for more than ${formatDuration(maxDelay)}`);
        }
      }
      return obstacles;
    },
    async overdue(work) {
      // What is due then waits for the homeserver, not for us.
      if (await catchUp.left() !== undefined) return 0;
      const due = await outbox.nextDue(work);
      return due === undefined ? 0 : Math.max(0, clock.now() - due);
    },
  };
  return readiness;

  async function isLate(work: Work): Promise<boolean> {
    try {
      return await readiness.overdue(work) > maxDelay;
    } catch (error) {
      // It was there a moment ago, and is told of when it is not the next time.
      if (!(error instanceof OutboxError)) throw error;
      return false;
    }
  }
}
