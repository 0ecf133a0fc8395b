/**
 * What a store says of a person, as text.
 *
 * @module
 */

import type { Profile } from "../domain/profile.ts";
import type { StoreResult } from "../identity/query_stores.ts";
import { printable } from "../text/printable.ts";

type Failure = Extract<StoreResult["outcome"], { kind: "failed" }>["error"];

/** The store, the time it took, and what it says, in lines for a terminal. */
export function describeAnswer({ store, milliseconds, outcome }: StoreResult): string {
  const title = titleOf(store, milliseconds);
  switch (outcome.kind) {
    case "unknown":
      return `${title}: no such user`;
    case "failed":
      return `${title} ${describeFailure(store, outcome.error)}`;
    case "found":
      return [`${title}:`, ...facts(outcome.profile)].join("\n");
  }
}

/** Whether any of the stores knows an address. */
export function haveAddress(answers: readonly StoreResult[]): boolean {
  return answers.some(({ outcome }) =>
    outcome.kind === "found" && outcome.profile.addresses.length > 0
  );
}

/** The store's name and the time it took. */
export function titleOf(store: string, milliseconds: number): string {
  return `${store} (${Math.round(milliseconds)} ms)`;
}

/** Whose turn it is, and why. */
export function describeFailure(store: string, { kind, message }: Failure): string {
  const whose = kind === "temporary" ? "does not answer now" : "is not set up right";
  const reason = message.startsWith(`${store}: `) ? message.slice(store.length + 2) : message;
  return `${whose}: ${printable(reason)}`;
}

function facts(profile: Profile): readonly string[] {
  const { addresses, displayName, language, timeZone, roles, state, account } = profile;
  const named = {
    name: displayName,
    addresses: addresses.join(", ") || "none",
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
