/**
 * Tells how old events are when they arrive.
 *
 * @module
 */

import { isLocal } from "../../domain/user_id.ts";
import { isObject, type JsonObject } from "./invitation_facts.ts";

/**
 * The age of an event when it arrives, in milliseconds: the homeserver's own figure if there is one,
 * which is right although a clock is wrong: this machine's, or the sender's server's (client-server
 * API, "UnsignedData"). `undefined` if neither it nor the event's time can be used.
 */
export function eventAge(
  { unsigned, origin_server_ts: time }: JsonObject,
  receivedAt: number,
): number | undefined {
  const age = isObject(unsigned) ? unsigned.age : undefined;
  if (typeof age === "number" && Number.isFinite(age) && age >= 0) return age;
  const originTs = usableTime(time);
  return originTs === undefined ? undefined : Math.max(0, receivedAt - originTs);
}

/** Milliseconds since 1970 as a whole number that JSON and SQLite hold exactly. */
export function usableTime(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? value as number : undefined;
}

/**
 * The age of the newest event that one of the homeserver's own people made, in milliseconds;
 * `undefined` if there is none.
 *
 * @param fresh From that age on an event is new enough that others need not be looked at.
 */
export function newestOwnAge(
  events: readonly unknown[],
  domain: string,
  receivedAt: number,
  fresh: number,
): number | undefined {
  let newest: number | undefined;
  // The last ones are the newest, as a rule.
  for (let index = events.length - 1; index >= 0; index--) {
    const event = events[index];
    if (!isObject(event) || typeof event.sender !== "string") continue;
    const age = eventAge(event, receivedAt);
    if (age === undefined || (newest !== undefined && age >= newest)) continue;
    if (!isLocal(event.sender, domain)) continue;
    newest = age;
    if (newest <= fresh) break;
  }
  return newest;
}
