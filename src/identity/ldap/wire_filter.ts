/**
 * Encodes search filters (RFC 4511, section 4.5.1).
 *
 * @module
 */

import type { BerWriter, Filter } from "ldapts";
import { Buffer } from "node:buffer";
import type { LdapFilter } from "./filter.ts";

/** The library, which is loaded on demand. */
export type Ldapts = typeof import("ldapts");

const COMPARISONS = { equal: 0xa3, least: 0xa5, most: 0xa6, approximate: 0xa8 } as const;
const [INITIAL, ANY, FINAL] = [0x80, 0x81, 0x82];
const [RULE, TYPE, MATCH_VALUE, DN_ATTRIBUTES] = [0x81, 0x82, 0x83, 0x84];

/**
 * Converts a filter for the library. The library's own parser is not used: it reads escaped bytes
 * as Latin-1 characters and does not support attribute options.
 */
export function wireFilter(ldapts: Ldapts, filter: LdapFilter): Filter {
  return new class extends ldapts.Filter {
    readonly type = ldapts.SearchFilter.and;
    override write(writer: BerWriter): void {
      writeFilter(writer, filter);
    }
    override toString(): string {
      return "";
    }
  }();
}

function writeFilter(writer: BerWriter, filter: LdapFilter): void {
  if (filter.kind === "present") return writer.writeString(filter.attribute, 0x87);
  writer.startSequence(tagOf(filter.kind));
  writeContent(writer, filter);
  writer.endSequence();
}

function tagOf(kind: Exclude<LdapFilter["kind"], "present">): number {
  const others = { and: 0xa0, or: 0xa1, not: 0xa2, substrings: 0xa4, extensible: 0xa9 } as const;
  return { ...COMPARISONS, ...others }[kind];
}

function writeContent(writer: BerWriter, filter: Exclude<LdapFilter, { kind: "present" }>): void {
  switch (filter.kind) {
    case "and":
    case "or":
      for (const inner of filter.filters) writeFilter(writer, inner);
      return;
    case "not":
      return writeFilter(writer, filter.filter);
    case "substrings":
      writer.writeString(filter.attribute);
      return writeSubstrings(writer, filter.parts);
    case "extensible":
      if (filter.rule) writer.writeString(filter.rule, RULE);
      if (filter.attribute) writer.writeString(filter.attribute, TYPE);
      writer.writeBuffer(Buffer.from(filter.value), MATCH_VALUE);
      if (filter.inDn) writer.writeBoolean(true, DN_ATTRIBUTES);
      return;
    default:
      writer.writeString(filter.attribute);
      writer.writeBuffer(Buffer.from(filter.value), 0x04);
  }
}

function writeSubstrings(writer: BerWriter, parts: readonly Uint8Array[]): void {
  writer.startSequence();
  for (const [index, part] of parts.entries()) {
    if (part.length === 0) continue;
    const tag = index === 0 ? INITIAL : index === parts.length - 1 ? FINAL : ANY;
    writer.writeBuffer(Buffer.from(part), tag);
  }
  writer.endSequence();
}
