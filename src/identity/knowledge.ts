/**
 * The port to what the homeserver itself knows about its people.
 *
 * @module
 */

import type { UserId } from "../domain/user_id.ts";
import type { InviteRules } from "./invite_rules.ts";
import type { LookupOptions } from "./port.ts";

/** The time of what never happened, as far as the homeserver knows. */
export const NEVER = 0;

/** What the homeserver knows about one of its people. What it does not tell is `undefined`. */
export interface KnownPerson {
  /** What they chose about invitations. */
  readonly invites: InviteRules;
  /** Why the account cannot be used; `undefined` also when that is unknown. */
  readonly barred?: "deactivated" | "locked" | "suspended" | undefined;
  /**
   * When they last used a client, in milliseconds UTC, or `NEVER`; only when it was asked for.
   */
  readonly lastActive?: number | undefined;
}

/** Options of a question. */
export interface KnowledgeOptions extends Pick<LookupOptions, "signal"> {
  /** Whether to find out when the person last used a client. */
  readonly activity?: boolean | undefined;
}

/** A source of what the homeserver knows. */
export interface KnowledgeSource extends AsyncDisposable {
  /**
   * What is known about a person, which for somebody without an account is nothing.
   *
   * @throws {StoreError} If the homeserver cannot be asked.
   */
  find(user: UserId, options?: KnowledgeOptions): Promise<KnownPerson>;
}

/** What the homeserver knows, as far as it can be asked. */
export interface AskedKnowledge extends AsyncDisposable {
  /** What is known about a person; `undefined` if the homeserver cannot be asked. Never rejects. */
  ask(user: UserId, options?: KnowledgeOptions): Promise<KnownPerson | undefined>;
}
