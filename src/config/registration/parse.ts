/**
 * Parses a registration file, by which a homeserver knows this service (application service API,
 * "Registration").
 *
 * @module
 */

import { Secret } from "../../settings/secret.ts";
import { quoted } from "../../text/printable.ts";
import type { Position } from "../source/positions.ts";
import { type RegistrationProblem, RegistrationSource } from "./source.ts";

/** A registration. */
export interface Registration {
  /** The service's name at its homeserver. */
  readonly id: string;
  /** Where the homeserver reaches the service; `null` when it is to push nothing. */
  readonly url: string | null;
  /** Authenticates the service to the homeserver. */
  readonly as_token: Secret;
  /** Authenticates the homeserver to the service. */
  readonly hs_token: Secret;
  /** The localpart of the service's own user. */
  readonly sender_localpart: string;
  /** The users, aliases and rooms whose events the homeserver pushes. */
  readonly namespaces: Readonly<Record<NamespaceKind, readonly Namespace[]>>;
  /** The position of each key in the file, for later checks. */
  readonly positions: ReadonlyMap<string, Position>;
}

/** The three lists of namespaces. */
export type NamespaceKind = "users" | "aliases" | "rooms";

/** A set of users, aliases or rooms. */
export interface Namespace {
  /** The key of this entry, such as `namespaces.users[0]`. */
  readonly key: string;
  /** In the homeserver's own dialect of regular expressions. */
  readonly regex: string;
  /** Whether only the service may create matching users, aliases or rooms. */
  readonly exclusive: boolean;
}

/** The result of parsing a registration. */
export type ParsedRegistration =
  /** A homeserver may refuse it all the same, which is an error among its problems. */
  | {
    readonly kind: "read";
    readonly registration: Registration;
    readonly problems: readonly RegistrationProblem[];
  }
  /** It cannot be used: at least one of the problems is an error. */
  | { readonly kind: "broken"; readonly problems: readonly RegistrationProblem[] };

const NAMESPACES: readonly NamespaceKind[] = ["users", "aliases", "rooms"];
const KEYS = [
  ...["id", "url", "as_token", "hs_token", "sender_localpart", "namespaces"],
  ...["rate_limited", "protocols", "receive_ephemeral", "group_id"],
];

/** Parses a registration, and checks it as homeservers do. */
export function parseRegistration(text: string): ParsedRegistration {
  const source = new RegistrationSource(text);
  const { problems } = source;
  if (problems.length > 0) return { kind: "broken", problems };
  const fields = source.fields(source.root, "");
  if (!fields) {
    source.report(
      "error",
      "",
      "is not a registration: expected keys such as 'id:' and 'hs_token:'",
    );
    return { kind: "broken", problems };
  }
  const field = (key: string) => required(source, fields.get(key), key);
  const id = field("id");
  const as_token = field("as_token");
  const hs_token = field("hs_token");
  const sender_localpart = field("sender_localpart");
  const url = readUrl(source, fields.has("url"), fields.get("url"));
  const namespaces = readNamespaces(source, fields.get("namespaces"));
  noteUnknownKeys(source, fields, "", KEYS);
  if (!id || !as_token || !hs_token || !sender_localpart) return { kind: "broken", problems };

  if (id.includes("|")) source.report("error", "id", "contains '|', which Synapse refuses");
  checkToken(source, "as_token", as_token);
  checkToken(source, "hs_token", hs_token);
  // The characters that Python's urllib.parse.quote does not change.
  if (!/^[\w.~/-]+$/.test(sender_localpart)) {
    const advice = "use only a-z, 0-9 and ._-/";
    source.report("error", "sender_localpart", `has characters that Synapse refuses: ${advice}`);
  }
  const registration = {
    ...{ id, url, sender_localpart, namespaces, positions: source.positions },
    as_token: new Secret(as_token),
    hs_token: new Secret(hs_token),
  };
  return { kind: "read", registration, problems };
}

function required(source: RegistrationSource, node: unknown, key: string): string | undefined {
  const value = source.text(node, key);
  if (value === undefined) source.report("error", key, "is missing: expected text");
  if (value === "") source.report("error", key, "is empty");
  return value;
}

function readUrl(source: RegistrationSource, present: boolean, node: unknown): string | null {
  if (present && source.scalar(node) === null) return null;
  const value = source.text(node, "url");
  if (value !== undefined) {
    if (!/^https?:$/.test(URL.parse(value)?.protocol ?? "")) {
      source.report("error", "url", "is not an http or https URL: write one, or null");
    }
    return value;
  }
  const what = present ? "is not text" : "is missing, and homeservers refuse a file without it";
  source.report("error", "url", `${what}: write where the homeserver reaches this service`);
  return null;
}

function checkToken(source: RegistrationSource, key: string, token: string): void {
  const advice = "use only letters, digits, '-', '_', '.' and '~'";
  if (/[^\x21-\x7E]/.test(token)) {
    source.report("error", key, `has characters that an HTTP header cannot contain: ${advice}`);
  } else if (key === "hs_token" && /[^\w.~-]/.test(token)) {
    source.report("warning", key, `some homeservers put it into a URL unencoded: ${advice}`);
  }
}

function readNamespaces(source: RegistrationSource, node: unknown): Registration["namespaces"] {
  const fields = source.fields(node, "namespaces");
  if (!fields) {
    source.report("error", "namespaces", "is missing: expected the lists users, aliases and rooms");
    return { users: [], aliases: [], rooms: [] };
  }
  noteUnknownKeys(source, fields, "namespaces.", NAMESPACES);
  const list = (kind: NamespaceKind) => {
    const key = `namespaces.${kind}`;
    if (!fields.has(kind)) {
      source.report("notice", key, "is missing, which not every homeserver accepts: write []");
      return [];
    }
    const entries = source.list(fields.get(kind), key);
    if (!entries) source.report("error", key, "is not a list: write [] for an empty one");
    return (entries ?? []).flatMap((entry, at) => readNamespace(source, entry, `${key}[${at}]`));
  };
  return { users: list("users"), aliases: list("aliases"), rooms: list("rooms") };
}

function readNamespace(source: RegistrationSource, node: unknown, key: string): Namespace[] {
  const fields = source.fields(node, key);
  if (!fields) {
    source.report("error", key, "expected the keys 'regex' and 'exclusive'");
    return [];
  }
  noteUnknownKeys(source, fields, `${key}.`, ["regex", "exclusive", "group_id"]);
  const regex = required(source, fields.get("regex"), `${key}.regex`);
  const exclusive = readFlag(source, fields.get("exclusive"), `${key}.exclusive`);
  return regex === undefined ? [] : [{ key, regex, exclusive }];
}

function readFlag(source: RegistrationSource, node: unknown, key: string): boolean {
  const value = source.scalar(node);
  if (typeof value === "boolean") return value;
  if (typeof value === "string" && /^(yes|no|on|off)$/i.test(value)) {
    source.report("warning", key, "not every homeserver accepts this: write true or false");
    return /^(yes|on)$/i.test(value);
  }
  source.report("error", key, "expected true or false; for this service, false");
  return false;
}

function noteUnknownKeys(
  source: RegistrationSource,
  fields: ReadonlyMap<string, unknown>,
  path: string,
  known: readonly string[],
): void {
  for (const key of fields.keys()) {
    if (key === "group_id") {
      source.report(
        "notice",
        path + key,
        "was for communities, which no longer exist: it may be removed",
      );
    } else if (!known.includes(key)) {
      source.report("notice", path + key, `the key ${quoted(key)} is not in the specification`);
    }
  }
}
