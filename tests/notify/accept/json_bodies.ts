/**
 * Makes bodies of transactions by chance: JSON of any values, in any of the ways in which the same can
 * be written, some of them broken. Made from a number, so that the same number makes the same body. It
 * takes some microseconds, where the generators of fast-check take a millisecond.
 *
 * @module
 */

/** Numbers by chance (xorshift, G. Marsaglia 2003). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    // Small seeds have few bits, and zero has none.
    this.#state = Math.imul(seed ^ 0x9E3779B9, 0x85EBCA6B) || 1;
    for (let step = 0; step < 3; step++) this.below(2);
  }

  /** A whole number from 0, less than that. */
  below(end: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) % end;
  }

  /** Whether something happens that does so once in so many times. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of these. */
  of<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }
}

/** The people of the bodies: those who are waited for may be among them. */
export const USERS: readonly string[] = [
  ...["@alice:example.org", "@bob:example.org", "@a.b-c_d=e/f+g:sub.example.org:8448", "@x:y"],
  ...[`@${"u".repeat(230)}:example.org`, "@ALICE:example.org", "@alice:example.orgx"],
];

type Value = null | boolean | number | string | Value[] | Members;
// With any name any number of times, and in any order.
class Members {
  constructor(readonly entries: [name: string, value: Value][]) {}
}

const MEMBERSHIPS = ["invite", "join", "leave", "ban", "knock", "Invite", "invites", "", "invit"];
// What looks like what is looked for, or is written like it.
const DECOYS = [
  ...[
    '"membership":"invite"',
    '\\"membership\\": \\"invite\\"',
    "invite",
    "membership",
    ':"invite"',
  ],
  ...["\\u0069nvite", "m.room.member", "!room:example.org", "@", '"@', "@alice", ":example.org"],
  ...["state_key", "\\", '"', "}", "]", "{}", "events", "\u2028", "\u0000", "\ufeff", "\ufffd"],
];
const CHARACTERS = [
  ...["a", "Z", "0", " ", ":", "@", "/", "'", "\t", "\n", "\r", "\b", "\f", "\x01", "\x7f"],
  ...[
    "\u00e9",
    "\u0436",
    "\u05d0",
    "\u4e2d",
    "\u{1F642}",
    "\u{10FFFF}",
    "\ud800",
    "\udfff",
    "\u0149",
  ],
];
const NUMBERS = [0, -0, 1, -1.5, 1e300, 5e-324, 2 ** 53 + 2, 1767225600000];

/** A body. */
export function makeBody(chance: Chance): Uint8Array<ArrayBuffer> {
  const events: Value[] = [];
  for (let count = chance.below(4); count >= 0; count--) events.push(anyEvent(chance));
  const members: [string, Value][] = [["events", events]];
  if (chance.once(4)) members.push([chance.of(["ephemeral", "x", "events"]), anyValue(chance, 0)]);
  // The scan in WebAssembly looks at parts of 64 KiB.
  if (chance.once(200)) members.unshift(["x", "x".repeat(65_536 - chance.below(600))]);
  const written = encoder.encode(write(new Members(members), new Writing(chance)));
  if (chance.once(10)) return written.slice(0, chance.below(written.length + 1));
  if (chance.once(10)) written[chance.below(written.length)] = chance.of(BAD_BYTES);
  return written;
}

const encoder = new TextEncoder();
const BAD_BYTES = [0x80, 0xC0, 0xC3, 0xE2, 0xED, 0xF0, 0xF5, 0xFF, 0x00];

function anyEvent(chance: Chance): Value {
  if (chance.once(12)) return anyValue(chance, 0);
  const content: [string, Value][] = [["membership", chance.of(MEMBERSHIPS)]];
  if (chance.once(2)) content.push([anyText(chance), anyValue(chance, 1)]);
  if (chance.once(10)) content.push(["membership", chance.of([...MEMBERSHIPS, null, 1])]);
  const event: [string, Value][] = [
    [
      "type",
      chance.of(["m.room.member", "m.room.member", "m.room.message", "m.room.power_levels"]),
    ],
    ["state_key", chance.once(8) ? anyText(chance) : chance.of(USERS)],
    ["sender", chance.once(8) ? anyValue(chance, 2) : chance.of(USERS)],
    ["room_id", "!room:example.org"],
    ["content", chance.once(8) ? anyValue(chance, 1) : new Members(shuffled(content, chance))],
  ];
  if (chance.once(4)) event.push([anyText(chance), anyValue(chance, 0)]);
  if (chance.once(8)) event.push(chance.of(event));
  if (chance.once(8)) event.push(["state_key", anyText(chance)]);
  if (chance.once(8)) event.splice(chance.below(event.length), 1);
  return new Members(shuffled(event, chance));
}

function shuffled<Item>(items: Item[], chance: Chance): Item[] {
  for (let at = items.length - 1; at > 0; at--) {
    const other = chance.below(at + 1);
    [items[at], items[other]] = [items[other] as Item, items[at] as Item];
  }
  return items;
}

function anyValue(chance: Chance, depth: number): Value {
  const kind = chance.below(depth > 4 ? 5 : 8);
  if (kind < 3) return anyText(chance);
  if (kind === 3) return chance.of(NUMBERS);
  if (kind === 4) return chance.of([null, true, false]);
  if (kind === 5) {
    return Array.from({ length: chance.below(4) }, () => anyValue(chance, depth + 1));
  }
  // Deeper than anything that is looked for at a depth.
  if (chance.once(100)) {
    let nested: Value = new Members([["membership", "invite"]]);
    for (let level = 0; level < 60; level++) nested = [nested];
    return nested;
  }
  return new Members(Array.from({ length: chance.below(4) }, () => [
    anyText(chance),
    anyValue(chance, depth + 1),
  ]));
}

function anyText(chance: Chance): string {
  if (chance.once(3)) return chance.of(DECOYS);
  if (chance.once(3)) return chance.of(USERS);
  if (chance.once(3)) return chance.of(MEMBERSHIPS);
  let text = "";
  for (let length = chance.below(8); length > 0; length--) text += chance.of(CHARACTERS);
  return text;
}

// How one body is written.
class Writing {
  readonly chance: Chance;
  /** One character in so many is escaped; none for zero. A single escape may be all that hides a word. */
  readonly escapes: number;

  constructor(chance: Chance) {
    this.chance = chance;
    this.escapes = chance.of([0, 0, 400, 100, 30, 4, 1]);
  }
}

function write(value: Value, writing: Writing): string {
  const { chance } = writing;
  if (typeof value === "string") return writeText(value, writing);
  if (Array.isArray(value)) {
    const items = value.map((item) => spaced(write(item, writing), chance));
    return `[${items.join(",") || space(chance)}]`;
  }
  if (value instanceof Members) {
    const members = value.entries.map(([name, member]) =>
      `${spaced(writeText(name, writing), chance)}:${spaced(write(member, writing), chance)}`
    );
    return `{${members.join(",") || space(chance)}}`;
  }
  return Object.is(value, -0) ? "-0" : JSON.stringify(value);
}

function spaced(text: string, chance: Chance): string {
  return chance.once(3) ? `${space(chance)}${text}${space(chance)}` : text;
}

function space(chance: Chance): string {
  return chance.of(["", " ", "\n", "\t", "\r\n  ", " ".repeat(40)]);
}

// Any character may be escaped, its hexadecimal digits in either case, and some by a letter.
function writeText(text: string, { chance, escapes }: Writing): string {
  if (escapes === 0 || chance.once(3)) return JSON.stringify(text);
  let written = "";
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (chance.once(escapes)) {
      const code = text.charCodeAt(at).toString(16).padStart(4, "0");
      written += `\\u${chance.once(2) ? code.toUpperCase() : code}`;
    } else if (letter === "/" && chance.once(2)) {
      written += "\\/";
    } else {
      // A surrogate alone is written as an escape, and beside its other half as it is.
      const pair = text.slice(at, at + 2);
      const isPair = /^[\ud800-\udbff][\udc00-\udfff]$/.test(pair);
      written += JSON.stringify(isPair ? pair : letter).slice(1, -1);
      if (isPair) at++;
    }
  }
  return `"${written}"`;
}
