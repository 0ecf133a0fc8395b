/**
 * Formats what a store returned for a user.
 *
 * @module
 */

import type { Profile } from "../domain/profile.ts";
import type { StoreResult } from "../identity/query_stores.ts";
import { printable } from "../text/printable.ts";

type Failure = Extract<StoreResult["outcome"], { kind: "failed" }>["error"];

/** The store, the time it took, and its result, in lines for a terminal. */
export function describeResult(
  { store, milliseconds, queries, outcome }: StoreResult,
  { withQueries = false } = {},
): string {
  const title = titleOf(store, milliseconds);
  switch (outcome.kind) {
    case "unknown":
      // What was asked for shows why nobody was found.
      return [`${title}: no such user`, ...(withQueries ? queries.map(asked) : [])].join("\n");
    case "failed":
      return `${title} ${describeFailure(store, outcome.error)}`;
    case "found":
      return [`${title}:`, ...facts(outcome.profile)].join("\n");
  }
}

/** The result as a document. */
export function resultDocument({ store, milliseconds, outcome }: StoreResult): object {
  const head = { store, milliseconds: Math.round(milliseconds), result: outcome.kind };
  switch (outcome.kind) {
    case "unknown":
      return head;
    case "failed":
      return { ...head, fault: outcome.error.kind, reason: outcome.error.message };
    case "found": {
      const { displayName, account, ...rest } = outcome.profile;
      const lastSeen = account?.lastSeen && new Date(account.lastSeen).toISOString();
      return { ...head, name: displayName, ...rest, account: account && { ...account, lastSeen } };
    }
  }
}

/** Whether any of the stores returned an address. */
export function hasAddress(results: readonly StoreResult[]): boolean {
  return results.some(({ outcome }) =>
    outcome.kind === "found" && outcome.profile.addresses.length > 0
  );
}

/** The store's name and the time it took. */
export function titleOf(store: string, milliseconds: number): string {
  return `${store} (${Math.round(milliseconds)} ms)`;
}

/** Whether a retry can help, and the reason of the failure. */
export function describeFailure(store: string, { kind, message }: Failure): string {
  const summary = kind === "temporary" ? "is unavailable" : "is misconfigured";
  const reason = message.startsWith(`${store}: `) ? message.slice(store.length + 2) : message;
  return `${summary}: ${printable(reason)}`;
}

function asked(query: string): string {
  return `  ${"asked".padEnd(10)} ${printable(query)}`;
}

function facts(profile: Profile): readonly string[] {
  const { addresses, dropped, displayName, language, timeZone, roles, state, account } = profile;
  const named = {
    name: displayName,
    addresses: addresses.join(", ") || "none",
    dropped: dropped && `${dropped.join(", ")}: not an email address`,
    state,
    roles: roles.join(", "),
    language,
    "time zone": timeZone,
    account: account && (account.exists ? "has logged in" : "has never logged in"),
    "last seen": account?.lastSeen && new Date(account.lastSeen).toISOString(),
  };
  return Object.entries(named)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([key, value]) => `  ${key.padEnd(10)} ${printable(String(value))}`);
}
