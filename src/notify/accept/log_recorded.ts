/**
 * Logs what came of the changes that were recorded.
 *
 * @module
 */

import type { Change } from "../../domain/invitation.ts";
import type { Recorded } from "../../outbox/port.ts";
import { openLog } from "../../system/log_events.ts";

const log = openLog("accept");

/** Logs what came of a change. */
export function logRecorded(change: Change, recorded: Recorded): void {
  switch (recorded.kind) {
    case "seen": {
      if (change.kind !== "invite") return;
      const { roomId, invitee, inviter } = change.invitation;
      const { invitation, dueAt, replaces } = recorded;
      log.info("invite seen", { invitation, room: roomId, invitee, inviter, dueAt, replaces });
      return;
    }
    case "merged":
      log.info("invite merged", { invitation: recorded.invitation });
      return;
    case "joined":
      log.info("invitee joined, perhaps by the homeserver", { invitations: recorded.invitations });
      return;
    case "answered": {
      const { invitations, cancelledMails } = recorded;
      const how = change.kind === "answer" ? change.answer.how : undefined;
      log.info("invite answered", { invitations, how, cancelledMails });
      return;
    }
    case "too old":
      log.debug("invite too old", { invitation: recorded.invitation });
      return;
    case "known":
      log.debug("event already known", { kind: change.kind });
  }
}
