/**
 * The administrator's port to an SQLite outbox.
 *
 * @module
 */

import type { Clock } from "../../system/clock.ts";
import { letOthersIn } from "../../system/let_others_in.ts";
import type { Records } from "../records.ts";
import type { StopHash } from "../suppressions.ts";
import type { Database } from "./database.ts";
import { forgetSlice, hashChoices } from "./forget.ts";
import { readHolds } from "./meta.ts";
import {
  cancel,
  findInvitation,
  findMail,
  listInvitations,
  listMails,
  retry,
  summarize,
} from "./records.ts";
import { readTimeline } from "./reports.ts";

/** The outbox's own ways to its database. */
export interface Access {
  readonly database: Database;
  readonly hash: StopHash;
  readonly clock: Clock;
  readonly commit: <Result>(work: (now: number) => Result) => Promise<Result>;
  readonly read: <Result>(work: () => Result) => Promise<Result>;
  readonly announceWork: () => void;
}

/** The rows in the database. */
export function openRecords(
  { database, hash, clock, commit, read, announceWork }: Access,
): Records {
  return {
    invitations: (query) => read(() => listInvitations(database, query)),
    mails: (query) => read(() => listMails(database, query)),
    invitation: (id) => read(() => findInvitation(database, id)),
    mail: (id) => read(() => findMail(database, id)),
    timeline: (invitation) => read(() => readTimeline(database, invitation)),
    summary: (since) => read(() => summarize(database, since)),
    holds: () => read(() => readHolds(database)),
    async retry(row) {
      const result = await commit((now) => retry(database, row, hash, now));
      announceWork();
      return result;
    },
    cancel: (row) => commit((now) => cancel(database, row, now)),
    async forget(user) {
      const choices = await commit(() => hashChoices(database, user, hash));
      const sum = { invitations: 0, mails: 0, choices };
      for (;;) {
        const { invitations, mails } = await commit(() => forgetSlice(database, user));
        if (invitations + mails === 0) break;
        sum.invitations += invitations;
        sum.mails += mails;
        await letOthersIn();
      }
      await database.overwriteDeleted(clock);
      return sum;
    },
  };
}
