/**
 * The administrator's port to the outbox.
 *
 * @module
 */

import { letOthersIn } from "../../system/let_others_in.ts";
import type { Records } from "../records.ts";
import type { StopHash } from "../suppressions.ts";
import type { Access } from "./access.ts";
import { forgetSlice, hashChoices } from "./administration/forget.ts";
import {
  cancel,
  findInvitation,
  findMail,
  listInvitations,
  listMails,
  readLately,
  retry,
} from "./administration/records.ts";
import { readStanding } from "./administration/standing.ts";
import { readHolds } from "./holds.ts";
import { readTimeline } from "./reports.ts";

const ROWS_PER_COUNT = 50_000;
// While SQLite counts, the service does nothing else: it takes some milliseconds.
const MAX_ROWS_HELD = 500;

/** The outbox's own ways to its database. */
export interface Ways {
  readonly access: Access;
  readonly hash: StopHash;
  readonly commit: Access["commit"];
  readonly announceWork: () => void;
}

/** The rows in the database. */
export function openRecords({ access, hash, commit, announceWork }: Ways): Records {
  const { read } = access;
  return {
    invitations: (query) => read((database) => listInvitations(database, query)),
    mails: (query) => read((database) => listMails(database, query)),
    invitation: (id) => read((database) => findInvitation(database, id)),
    mail: (id) => read((database) => findMail(database, id)),
    timeline: (invitation) => read((database) => readTimeline(database, invitation)),
    standing: () => readStanding(read, access.hasOneOwner ? MAX_ROWS_HELD : ROWS_PER_COUNT),
    summary: async (since) => ({
      ...await readStanding(read, ROWS_PER_COUNT),
      ...await read((database) => readLately(database, since)),
    }),
    holds: () => read(readHolds),
    async retry(row) {
      const result = await commit((database, now) => retry(database, row, hash, now));
      announceWork();
      return result;
    },
    cancel: (row) => commit((database, now) => cancel(database, row, now)),
    async forget(user) {
      const choices = await commit((database) => hashChoices(database, user, hash));
      const sum = { invitations: 0, mails: 0, choices };
      for (;;) {
        const { invitations, mails } = await commit((database) => forgetSlice(database, user));
        if (invitations + mails === 0) break;
        sum.invitations += invitations;
        sum.mails += mails;
        await letOthersIn();
      }
      await access.overwriteDeleted();
      return sum;
    },
  };
}
