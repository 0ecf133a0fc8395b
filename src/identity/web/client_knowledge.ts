/**
 * Asks the homeserver's client API what it knows about its people, as the application service that may
 * act for them.
 *
 * @module
 */

import { z } from "zod";
import type { UserId } from "../../domain/user_id.ts";
import type { Secret } from "../../settings/secret.ts";
import type { Clock } from "../../system/clock.ts";
import {
  IGNORED_TYPE,
  INVITE_RULE_TYPES,
  type InviteRules,
  inviteRules,
  NO_INVITE_RULES,
} from "../invite_rules.ts";
import { type KnowledgeSource, type KnownPerson, NEVER } from "../knowledge.ts";
import {
  fetchJsonOrError,
  type LookupContext,
  StatusError,
  TooLargeError,
} from "./json_request.ts";

/** The homeserver's client API. */
export interface ClientKnowledgeOptions {
  /** Its base URL. */
  readonly url: string;
  /** Authenticates this service to the homeserver. */
  readonly asToken: Secret;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

const STORE = "homeserver";
const URL_KEY = "appsvc.endpoint.toHS.url";

const content = z.record(z.string(), z.unknown());
const problem = z.object({ errcode: z.string() });
const presence = z.object({
  currently_active: z.boolean().optional().catch(undefined),
  last_active_ago: z.number().nonnegative().optional().catch(undefined),
});
const devices = z.object({
  devices: z.array(z.object({ last_seen_ts: z.number().nullish().catch(undefined) })),
});

// Errors of a request on behalf of a person, which say something about the person alone.
const BARRED: Readonly<Record<string, NonNullable<KnownPerson["barred"]>>> = {
  M_USER_LOCKED: "locked",
  M_USER_SUSPENDED: "suspended",
  M_USER_DEACTIVATED: "deactivated",
};

/** Nothing is requested before the first question. */
export function openClientKnowledge(options: ClientKnowledgeOptions): KnowledgeSource {
  const { url, asToken, fetch, clock } = options;
  const headers = new Headers({ authorization: `Bearer ${asToken.reveal()}` });
  return {
    async find(user, { activity = false, signal = new AbortController().signal } = {}) {
      const context = { store: STORE, urlKey: URL_KEY, fetch, headers, signal };
      const client = clientOf(url.replace(/\/+$/, ""), user, context);
      try {
        const [invites, lastActive] = await all(
          readInviteRules(client, user),
          activity ? readActivity(client, user, clock.now()) : undefined,
        );
        return { invites, lastActive };
      } catch (error) {
        if (error instanceof PersonError) return error.known;
        throw error;
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Requests on behalf of a user; `undefined` where the homeserver has nothing. */
type Client = <Value>(path: string, form: z.ZodType<Value>) => Promise<Value | undefined>;

/** Ends the question: the person has no account here, or cannot use it. */
class PersonError extends Error {
  constructor(readonly known: KnownPerson) {
    super("the request is not possible on behalf of this person");
  }
}

function clientOf(base: string, user: UserId, context: LookupContext): Client {
  return async (path, form) => {
    const url = `${base}/_matrix/client/v3/${path}?user_id=${encodeURIComponent(user)}`;
    const forms = { value: form, error: problem };
    const response = await fetchJsonOrError(url, { method: "GET" }, forms, context);
    if (response.ok) return response.value;
    const { status, error } = response;
    const barred = BARRED[error?.errcode ?? ""];
    if (barred !== undefined) throw new PersonError({ invites: NO_INVITE_RULES, barred });
    switch (error?.errcode) {
      case "M_NOT_FOUND":
      case "M_UNRECOGNIZED":
        return undefined;
      // Without an account nobody can be acted for.
      case "M_FORBIDDEN":
        throw new PersonError({ invites: NO_INVITE_RULES });
      case "M_UNKNOWN_TOKEN":
        throw new StatusError(STORE, status, "it does not know the as_token");
    }
    // An ID that this homeserver does not accept: no failure, which strangers could cause then.
    if (status === 400 && error !== undefined) throw new PersonError({ invites: NO_INVITE_RULES });
    const elsewhere = status < 500 && error?.errcode === undefined;
    const advice = `no homeserver responds at this URL: correct ${URL_KEY}`;
    throw new StatusError(STORE, status, elsewhere ? advice : undefined);
  };
}

async function readInviteRules(client: Client, user: UserId): Promise<InviteRules> {
  const read = async (type: string) =>
    [type, await unlessTooLarge(client(userPath(user, `account_data/${type}`), content))] as const;
  const [stable, ...older] = INVITE_RULE_TYPES;
  const first = await all(read(IGNORED_TYPE), read(stable));
  const isSet = first.some(([type, value]) => type === stable && value !== undefined);
  const rest = isSet ? [] : await all(...older.map(read));
  return inviteRules(Object.fromEntries([...first, ...rest]));
}

// Some homeservers know no presence. What they do not tell here must not cost the rest.
async function readActivity(
  client: Client,
  user: UserId,
  now: number,
): Promise<number | undefined> {
  const [seen, known] = await all(
    untold(client(`presence/${encodeURIComponent(user)}/status`, presence)),
    untold(client("devices", devices)),
  );
  const times = known?.devices.map(({ last_seen_ts }) => last_seen_ts ?? NEVER) ?? [];
  if (known !== undefined) times.push(NEVER);
  if (seen?.currently_active) times.push(now);
  if (seen?.last_active_ago !== undefined) times.push(now - seen.last_active_ago);
  const latest = Math.max(...times);
  return Number.isFinite(latest) ? latest : undefined;
}

// Anybody may make their own as large as they like, which must not look like a failure for all.
async function unlessTooLarge<Value>(response: Promise<Value>): Promise<Value | undefined> {
  try {
    return await response;
  } catch (error) {
    if (error instanceof TooLargeError) return undefined;
    throw error;
  }
}

async function untold<Value>(response: Promise<Value>): Promise<Value | undefined> {
  try {
    return await response;
  } catch (error) {
    const isAboutThis = [PersonError, StatusError, TooLargeError].some((of) => error instanceof of);
    if (isAboutThis) return undefined;
    throw error;
  }
}

function userPath(user: UserId, rest: string): string {
  return `user/${encodeURIComponent(user)}/${rest}`;
}

// As Promise.all, but no request goes on after a failure.
async function all<Values extends readonly unknown[]>(
  ...values: Values
): Promise<{ -readonly [Index in keyof Values]: Awaited<Values[Index]> }> {
  await Promise.allSettled(values);
  return await Promise.all(values);
}
