/**
 * Makes the invite that is tried out.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import type { Invitation } from "../domain/invitation.ts";
import { serverOf, type UserId } from "../domain/user_id.ts";
import { membershipRules } from "../app/notify_options.ts";
import { readEvent } from "../notify/accept/membership_event.ts";
import type { Step } from "./step.ts";

/** Who invites whom, and when (milliseconds UTC). */
export interface Invite {
  readonly inviter: UserId;
  readonly invitee: UserId;
  readonly now: number;
}

/** Whether the invite would be taken from the homeserver, and what is recorded then. */
export interface Accepted {
  readonly step: Step;
  readonly invitation?: Invitation | undefined;
}

/** Reads the invite as the service reads those of the homeserver. */
export function acceptInvite(
  { inviter, invitee, now }: Invite,
  settings: Settings,
): Accepted {
  if (!settings.appsvc.enabled) return stop("appsvc.enabled is false: all invites are ignored");
  const event = {
    type: "m.room.member",
    event_id: "$simulated",
    room_id: `!simulated:${serverOf(inviter)}`,
    sender: inviter,
    state_key: invitee,
    origin_server_ts: now,
    content: { membership: "invite" },
    unsigned: {
      invite_room_state: [{
        type: "m.room.name",
        state_key: "",
        sender: inviter,
        content: { name: "A simulated room" },
      }],
    },
  };
  const reading = readEvent(event, membershipRules(settings), now);
  switch (reading.kind) {
    case "invite":
      return {
        step: { step: "accept", result: "ok", text: "the invite is taken from the homeserver" },
        invitation: reading.invitation,
      };
    case "elsewhere":
      return stop(
        `${invitee} is not a user of ${settings.matrix.domain} (matrix.domain): only those get emails`,
      );
    case "skipped":
      return stop(reading.reason);
    default:
      return stop("the event is ignored");
  }
}

function stop(text: string): Accepted {
  return { step: { step: "accept", result: "stop", text } };
}
