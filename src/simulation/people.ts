/**
 * Looks up the people of an invite that is tried out.
 *
 * @module
 */

import { joinPeople, openKnowledge } from "../app/stores.ts";
import type { Platform } from "../app/platform.ts";
import type { Settings } from "../config/sections/settings.ts";
import type { Profile } from "../domain/profile.ts";
import type { UserId } from "../domain/user_id.ts";
import { type IdentityStore, StoreError } from "../identity/port.ts";
import { queryStores, type StoreResult } from "../identity/query_stores.ts";
import { whyNotMailed } from "../notify/known_rules.ts";
import type { Step } from "./step.ts";

/** What the stores know about somebody. */
export interface Person {
  /** What each of them answered. */
  readonly results: readonly StoreResult[];
  /** What they know together; `undefined` if nobody knows the person. */
  readonly profile?: Profile | undefined;
  /** Why there is no answer: the lookup would be tried again. */
  readonly failure?: string | undefined;
}

/** Asks every store, and joins what they answer as the service does. */
export async function findPerson(
  user: UserId,
  stores: readonly IdentityStore[],
  settings: Settings,
  platform: Platform,
  signal: AbortSignal,
): Promise<Person> {
  const { clock } = platform;
  const deadline = settings.notify.lookup.timeout;
  const results = await queryStores(stores, user, { clock, deadline, signal });
  await using people = joinPeople(settings, results.map(answerAgain), platform);
  try {
    return { results, profile: await people.findProfile(user, { signal }) };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { results, failure: error.message };
  }
}

// A store that gives one answer, so that none is asked a second time.
function answerAgain({ store, outcome }: StoreResult): IdentityStore {
  return {
    name: store,
    findProfile: () =>
      outcome.kind === "failed"
        ? Promise.reject(outcome.error)
        : Promise.resolve(outcome.kind === "found" ? outcome.profile : undefined),
    check: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Asks the homeserver whether the invitee wants such invites, if it is to be asked. */
export async function askHomeserver(
  inviter: UserId,
  invitee: UserId,
  settings: Settings,
  platform: Platform,
  signal: AbortSignal,
): Promise<Step> {
  await using knowledge = await openKnowledge(settings, platform);
  if (knowledge === undefined) return homeserver("skipped", "not asked: notify.homeserver is off");
  const known = await knowledge.ask(invitee, { signal });
  if (known === undefined) {
    return homeserver("failed", "it cannot be asked: the email goes out without; doctor says why");
  }
  const unwanted = whyNotMailed(known, inviter);
  return unwanted === undefined
    ? homeserver("ok", "the invitee may be invited, and their account can be used")
    : homeserver("stop", unwanted);
}

function homeserver(result: Step["result"], text: string): Step {
  return { step: "homeserver", result, text };
}
