/**
 * Looks people up in LDAP directories: OpenLDAP, Active Directory, Samba, eDirectory.
 *
 * @module
 */

import type { Entry } from "ldapts";
import { preferredLanguages } from "../../domain/language.ts";
import type { AccountState } from "../../domain/profile.ts";
import { localpartOf } from "../../domain/user_id.ts";
import { formatEndpoint } from "../../net/endpoint.ts";
import { isUntrusted } from "../../net/socket_error.ts";
import { trustAttempts, tryTrusts } from "../../net/trust.ts";
import type { Clock } from "../../system/clock.ts";
import { openLog } from "../../system/log_events.ts";
import { withDeadline } from "../deadline.ts";
import { type IdentityStore, type LookupOptions, StoreError } from "../port.ts";
import { profileFrom, type RawProfile } from "../raw_profile.ts";
import { openLdapConnection } from "./connection.ts";
import { STATE_ATTRIBUTES, stateOf, stricter, threepidsOf, valuesOf } from "./entry.ts";
import { escapeFilterValue, type LdapFilter, parseLdapFilter } from "./filter.ts";
import { parseLdapHost } from "./host.ts";
import { type LdapServer, openLdapPool } from "./pool.ts";
import { openReferralLog } from "./referrals.ts";
import { baseDnsOf, directoriesOf, type LdapDirectory, type LdapSection } from "./section.ts";
import { checkUidAttribute } from "./uid_attribute.ts";
import { directoryName, idOf } from "./user_name.ts";

const log = openLog("identity");

/** Dependencies of the stores. */
export interface LdapDependencies {
  /** The homeserver's name; users of other homeservers are not in the directories. */
  readonly domain: string;
  readonly clock: Clock;
  /** Certificates in PEM that are trusted beside the well-known ones. */
  readonly authorities: readonly string[];
}

/** The section's name; as in mxisd, NetIQ eDirectory has a section of its own. */
export type LdapSectionName = "ldap" | "netiq";

/**
 * Opens a store for each directory of the section. Those of a list are named by their index, such
 * as `ldap[0]`. A store connects at the first lookup.
 */
export function openLdapStores(
  section: LdapSection,
  name: LdapSectionName,
  dependencies: LdapDependencies,
): readonly IdentityStore[] {
  return directoriesOf(section).map(({ directory, index }) => {
    const store = index === undefined ? name : `${name}[${index}]`;
    return openDirectory(directory, store, name, dependencies);
  });
}

// A filter that matches more entries for one person is wrong.
const MAX_ENTRIES = 50;

function openDirectory(
  directory: LdapDirectory,
  name: string,
  kind: LdapSectionName,
  { domain, clock, authorities }: LdapDependencies,
): IdentityStore {
  const { connection, attribute } = directory;
  const { timeout } = connection;
  const servers = serversOf(directory, name, authorities);
  const pool = openLdapPool({ store: name, servers, timeout, clock });
  const logReferrals = openReferralLog(name);
  const logNobody = openNobodyLog(directory, name);
  const email = attribute.threepid.email;
  const attributes = [
    ...new Set([
      ...[attribute.uid.value, attribute.name, attribute.language],
      ...[...email, ...STATE_ATTRIBUTES],
    ]),
  ];

  function search(value: string, { signal, onQuery }: LookupOptions): Promise<readonly Entry[]> {
    const { filter, text } = filterFor(directory, value);
    return withDeadline(name, { clock, deadline: timeout, signal }, (ended) => {
      return pool.run(async (open) => {
        const found = new Map<string, Entry>();
        for (const baseDn of baseDnsOf(directory)) {
          onQuery?.(`search below ${baseDn} for ${text}`);
          const { entries, references } = await open.search({
            ...{ baseDn, filter, attributes },
            sizeLimit: MAX_ENTRIES,
            timeLimit: Math.ceil(timeout / 1000),
          });
          if (entries.length >= MAX_ENTRIES) throw tooMany(name);
          logReferrals(references);
          // One base DN may be below another.
          for (const entry of entries) found.set(entry.dn, entry);
        }
        return [...found.values()];
      }, ended);
    });
  }

  return {
    name,
    deadline: timeout,
    async findProfile(user, options = {}) {
      const identifier = directoryName(directory, user, domain);
      if (identifier === undefined) return undefined;
      const isNetiq = kind === "netiq";
      const value = isNetiq ? identifier.toLowerCase() : identifier;
      const entries = await search(value, options);
      const ignoresCase = isNetiq || !/[A-Z]/.test(localpartOf(user));
      const match = matching(name, entries, attribute.uid.value, { value, ignoresCase });
      if (match === undefined) {
        logNobody(value);
        return undefined;
      }
      const id = match.uid === identifier ? user : idOf(directory, match.uid, domain);
      return profileFrom(name, user, rawProfileOf(match.entries, directory, clock.now(), id));
    },
    async check(options = {}) {
      await search(NOBODY, options);
      await withDeadline(name, { clock, deadline: timeout, signal: options.signal }, (ended) => {
        return pool.run((open) => checkUidAttribute(name, directory, open), ended);
      });
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

// Once: most people who are not found are in no directory, but it may be the settings.
function openNobodyLog(directory: LdapDirectory, store: string): (value: string) => void {
  let told = false;
  return (value) => {
    if (told) return;
    told = true;
    const bases = baseDnsOf(directory).join("; ");
    log.info("directory has no such user", {
      store,
      search: `below ${bases} for ${filterFor(directory, value).text}`,
      attribute: directory.attribute.uid.value,
      advice: "check connection.baseDNs, attribute.uid.value and filter if they should be there",
    });
  };
}

// Whether somebody has this name does not matter.
const NOBODY = "nobody";

function tooMany(store: string): StoreError {
  const reason = `${MAX_ENTRIES} or more entries match one person: make the filter narrower`;
  return new StoreError(store, "misconfigured", reason);
}

function serversOf(
  { connection }: LdapDirectory,
  store: string,
  authorities: readonly string[],
): readonly LdapServer[] {
  const { host: hosts, port, tls, bindDn, bindPassword } = connection;
  const login = bindDn.trim() === "" ? { bindDn: "", bindPassword: undefined } : {
    bindDn,
    bindPassword,
  };
  return hosts.map((text) => {
    const { host, port: ownPort = port } = parseLdapHost(text) ?? { host: text };
    const endpoint = { host, port: ownPort };
    const openTrusted = tryTrusts(trustAttempts(authorities), isUntrusted);
    return {
      name: formatEndpoint(endpoint),
      open: (signal) =>
        openTrusted((trust) => {
          return openLdapConnection(store, { ...endpoint, tls, trust }, login, signal);
        }),
    };
  });
}

function filterFor({ filter, profile, attribute }: LdapDirectory, value: string) {
  const own = [profile.filter, filter].find((text) => text?.trim());
  const uid = { attribute: attribute.uid.value, value: new TextEncoder().encode(value) };
  const person: LdapFilter = { kind: "equal", ...uid };
  const shown = `(${uid.attribute}=${escapeFilterValue(value)})`;
  if (own === undefined) return { filter: person, text: shown };
  const filters = [parseLdapFilter(own), person];
  return { filter: { kind: "and", filters } as const, text: `(&${own.trim()}${shown})` };
}

/**
 * Selects the entries of this person. Directories ignore case and blanks, and some ignore accents,
 * but to a homeserver @bob and @bób are two people. Its localparts are lower-case, while names in
 * directories may have any case: `Bob` is @bob unless there is a `bob`.
 */
function matching(
  store: string,
  entries: readonly Entry[],
  attribute: string,
  { value, ignoresCase }: { readonly value: string; readonly ignoresCase: boolean },
): { readonly uid: string; readonly entries: readonly Entry[] } | undefined {
  const named = entries.map((entry) => ({ entry, names: valuesOf(entry, attribute) }));
  if (named.some(({ names }) => names.length === 0)) {
    const reason = `an entry has no readable ${attribute}: this login needs permission to read it`;
    throw new StoreError(store, "misconfigured", reason);
  }
  const exact = named.filter(({ names }) => names.includes(value));
  if (exact.length > 0) return { uid: value, entries: exact.map(({ entry }) => entry) };
  if (!ignoresCase) return undefined;
  const folded = named.flatMap(({ entry, names }) => {
    const uid = names.find((name) => name.toLowerCase() === value.toLowerCase());
    return uid === undefined ? [] : { uid, entry };
  });
  const uid = folded[0]?.uid;
  return uid === undefined ? undefined : { uid, entries: folded.map(({ entry }) => entry) };
}

function rawProfileOf(
  entries: readonly Entry[],
  { attribute }: LdapDirectory,
  now: number,
  id: string | undefined,
): RawProfile {
  const first = (name: string) =>
    entries.flatMap((entry) => valuesOf(entry, name)).find((value) => value.trim() !== "");
  return {
    id,
    threepids: entries.flatMap((entry) => threepidsOf(entry, attribute.threepid.email)),
    displayName: first(attribute.name),
    language: preferredLanguages(first(attribute.language))[0],
    state: entries.map((entry) => stateOf(entry, now)).reduce<AccountState>(stricter, "active"),
  };
}
