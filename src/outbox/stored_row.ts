/**
 * Reads the values of stored rows, and names the column of one that cannot be used: a row may have
 * been edited by hand, or damaged. The same for every database.
 *
 * @module
 */

import { parseEmailAddress } from "../domain/email_address.ts";
import type { InvitationFacts, RoomKind } from "../domain/invitation.ts";
import type { NextAddress, Recipient } from "./port.ts";

/** The last time that a Date can hold, in milliseconds. */
export const MAX_TIME_MS = 8.64e15;
const ROOM_KINDS: readonly unknown[] = ["room", "space", "direct"] satisfies readonly RoomKind[];

/** A table of the outbox. */
export type Table = "invitations" | "mails" | "mail_invitations" | "suppressions" | "timeline";

/** A stored value that cannot be used. */
export class DamagedRowError extends Error {
  /** The name of this kind of error. */
  override readonly name = "DamagedRowError";

  /** Which value, and why it cannot be used. */
  constructor(
    readonly table: Table,
    readonly id: number,
    readonly column: string,
    readonly problem: string,
  ) {
    super(`row ${id} of ${table}: ${column} ${problem}`);
  }
}

/** A row whose values are checked as they are read. */
export class StoredRow {
  readonly #table: Table;
  readonly #id: number;
  readonly #values: Readonly<Record<string, unknown>>;

  /** Reads from these values, by column. */
  constructor(table: Table, id: number, values: Readonly<Record<string, unknown>>) {
    this.#table = table;
    this.#id = id;
    this.#values = values;
  }

  /** Any text. */
  text(column: string): string {
    return this.parsed(column, (value) => typeof value === "string" ? value : undefined, "a text");
  }

  /** Any text, or NULL. */
  textOrNull(column: string): string | undefined {
    return this.#orNull(column, () => this.text(column));
  }

  /** A whole number that is not negative. */
  count(column: string): number {
    const count = (value: unknown) => isCount(value) ? value : undefined;
    return this.parsed(column, count, "a whole number of at least 0");
  }

  /** A time in milliseconds UTC. */
  time(column: string): number {
    const time = (value: unknown) => isCount(value) && value <= MAX_TIME_MS ? value : undefined;
    return this.parsed(column, time, "a time");
  }

  /** A time in milliseconds UTC, or NULL. */
  timeOrNull(column: string): number | undefined {
    return this.#orNull(column, () => this.time(column));
  }

  /** A value that the parser accepts: `undefined` is one that it does not. */
  parsed<Value>(
    column: string,
    parse: (value: unknown) => Value | undefined,
    expected: string,
  ): Value {
    const value = parse(this.#values[column]);
    if (value !== undefined) return value;
    throw new DamagedRowError(this.#table, this.#id, column, `is not ${expected}`);
  }

  #orNull<Value>(column: string, read: () => Value): Value | undefined {
    return this.#values[column] === null ? undefined : read();
  }
}

/** The facts of an invite event from their JSON; `undefined` if they are not facts. */
export function parseFacts(json: unknown): InvitationFacts | undefined {
  const facts = parseObject(json);
  const room = facts?.room;
  if (facts === undefined || !isObject(room)) return undefined;
  const texts = [room.name, room.topic, room.alias, facts.inviterName, facts.reason];
  const isReadable = texts.every(isTextOrAbsent) && ROOM_KINDS.includes(room.kind) &&
    typeof room.encrypted === "boolean" &&
    ["boolean", "undefined"].includes(typeof room.bridged) &&
    (facts.joinedAt === undefined || isCount(facts.joinedAt));
  return isReadable ? facts as unknown as InvitationFacts : undefined;
}

/** What is known about a recipient from its JSON; `undefined` if it is not that. */
export function parseRecipient(json: unknown): Recipient | undefined {
  const recipient = parseObject(json);
  const isReadable = typeof recipient?.name === "string" &&
    isTextOrAbsent(recipient.language) && isTextOrAbsent(recipient.timeZone) &&
    ["boolean", "undefined"].includes(typeof recipient.hasAccount);
  return isReadable ? recipient as unknown as Recipient : undefined;
}

/** A Message-ID: in angle brackets, and nothing that would begin another header field. */
export function parseMessageId(value: unknown): string | undefined {
  return typeof value === "string" && /^<[\x21-\x7e]+>$/.test(value) ? value : undefined;
}

/** The addresses that a mail goes to next from their JSON, or from NULL; `undefined` if it is not that. */
export function parseFailover(json: unknown): readonly NextAddress[] | undefined {
  const list = json === null ? [] : parseJson(json);
  const isReadable = Array.isArray(list) &&
    list.every((next) =>
      isObject(next) && parseEmailAddress(next.address) === next.address &&
      parseMessageId(next.messageId) !== undefined
    );
  return isReadable ? list : undefined;
}

/** An object from its JSON; `undefined` if it is not one. */
export function parseObject(json: unknown): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(json);
  return isObject(value) ? value : undefined;
}

function parseJson(json: unknown): unknown {
  if (typeof json !== "string") return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
