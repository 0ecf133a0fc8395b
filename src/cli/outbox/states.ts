/**
 * The states that rows can be listed by.
 *
 * @module
 */

import type { InvitationState, MailState } from "../../domain/invitation.ts";

const INVITATION_STATES = [
  ...["pending", "resolved", "cancelled", "skipped", "failed"] as const,
] satisfies readonly InvitationState[];
const MAIL_STATES = [
  ...["queued", "sending", "sent", "rejected", "cancelled", "expired"] as const,
] satisfies readonly MailState[];

/** All of them. */
export const STATES: readonly string[] = [
  ...new Set<string>([...INVITATION_STATES, ...MAIL_STATES]),
];

/** Whether invitations can be in that state. */
export function isInvitationState(state: string): state is InvitationState {
  return INVITATION_STATES.some((known) => known === state);
}

/** Whether emails can be in that state. */
export function isMailState(state: string): state is MailState {
  return MAIL_STATES.some((known) => known === state);
}
