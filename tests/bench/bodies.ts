/**
 * Requests of a homeserver with transactions, as bytes that are written again and again.
 *
 * @module
 */

import { HS_TOKEN } from "../load/service.ts";

/** What the transactions hold. */
export interface Traffic {
  /** Events in each of them. */
  readonly events: number;
  /** One event in so many is an invite; `undefined`: none is. */
  readonly inviteEvery?: number | undefined;
}

/** A request whose numbers are replaced before it is written. */
export interface Request {
  /** Head and body. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where its numbers stand, each of `DIGITS` digits. */
  readonly places: readonly number[];
  /** How many invites it has. */
  readonly invites: number;
}

/** The homeserver's name. */
export const DOMAIN = "example.org";

const DIGITS = 9;
const PLACE = "#".repeat(DIGITS);
// Of the events of a usual homeserver, 8 in 100 are memberships.
const MEMBERSHIP_EVERY = 12;
// An event has 0.85 KiB.
const TEXT_CHARS = 520;

/**
 * Makes so many different requests.
 *
 * @param port The port of the service.
 */
export function makeRequests(count: number, port: number, traffic: Traffic): readonly Request[] {
  let event = 0;
  return Array.from({ length: count }, () => {
    const events = Array.from({ length: traffic.events }, () => eventOf(event++, traffic));
    const invites = events.filter(isInvite).length;
    const body = JSON.stringify({ events });
    const head = `PUT /_matrix/app/v1/transactions/${PLACE} HTTP/1.1\r\n` +
      `host: 127.0.0.1:${port}\r\nauthorization: Bearer ${HS_TOKEN}\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    const text = head + body;
    const places: number[] = [];
    for (let at = text.indexOf(PLACE); at >= 0; at = text.indexOf(PLACE, at + DIGITS)) {
      places.push(at);
    }
    return { bytes: new TextEncoder().encode(text), places, invites };
  });
}

/** Makes the request different from all others, with this number. */
export function number({ bytes, places }: Request, value: number): void {
  const digits = new TextEncoder().encode(`${value}`.padStart(DIGITS, "0"));
  for (const place of places) bytes.set(digits, place);
}

function isInvite(event: Readonly<Record<string, unknown>>): boolean {
  return JSON.stringify(event.content) === '{"membership":"invite"}';
}

function eventOf(index: number, { inviteEvery }: Traffic): Record<string, unknown> {
  const common = {
    event_id: `$event${index}`,
    origin_server_ts: Date.now() - index % 1000,
    sender: `@sender${index % 50}:${DOMAIN}`,
    room_id: `!room${index % 100}:${DOMAIN}`,
    unsigned: { age: 20 },
  };
  if (inviteEvery !== undefined && index % inviteEvery === 0) {
    const room_id = `!invited${index}-${PLACE}:${DOMAIN}`;
    const content = { membership: "invite" };
    return { ...common, type: "m.room.member", room_id, state_key: invitee(index), content };
  }
  if (index % MEMBERSHIP_EVERY === 0) {
    const state_key = `@member${index}:${DOMAIN}`;
    const content = { membership: "join", displayname: "x".repeat(TEXT_CHARS) };
    return { ...common, type: "m.room.member", state_key, content };
  }
  const body = `a message with "quotes" ${"x".repeat(TEXT_CHARS)}`;
  return { ...common, type: "m.room.message", content: { msgtype: "m.text", body } };
}

/** How many people are invited in turn. */
export const PEOPLE = 500;

function invitee(index: number): string {
  return `@person${index % PEOPLE}:${DOMAIN}`;
}
