/**
 * Looks people up with a web service of the organisation, by mxisd's REST protocol.
 *
 * @module
 */

import { z } from "zod";
import { localpartOf, serverOf } from "../../domain/user_id.ts";
import { flag, httpUrl, lookupTimeout, parsed } from "../../settings/kinds.ts";
import { plainValue } from "../../settings/plain_value.ts";
import { requireKeys } from "../../settings/required_keys.ts";
import { openLog } from "../../system/log_events.ts";
import { type IdentityStore, StoreError } from "../port.ts";
import {
  type ProfileDocument,
  profileDocument,
  type ProfilePart,
  rawProfileOf,
} from "../profile_document.ts";
import { profileFrom } from "../raw_profile.ts";
import { credentialHeaders, credentialKeys, refuseTwoCredentials } from "./credentials.ts";
import { fetchJson, fetchStatus, type LookupContext, StatusError } from "./json_request.ts";
import { openLookup, type WebDependencies } from "./lookup.ts";

const NAME = "rest";
const log = openLog("identity");

// Where the endpoints are unless they are configured: mxisd's paths, and those of its fork.
const PREFIXES = ["/_mxisd", "/_ma1sd"] as const;
type Prefix = typeof PREFIXES[number];

function usualPath(prefix: Prefix, part: ProfilePart): string {
  return `${prefix}/backend/api/v1/profile/${part}`;
}

function endpoint(part: ProfilePart, what: string) {
  const advice = "the person is named in the request's body";
  return plainValue(parsed(parseEndpoint, "a path that begins with /, a URL, or nothing"), advice)
    .optional().meta({ examples: [usualPath("/_mxisd", part)] }).describe(
      `The endpoint for ${what}: a path at the host, a full URL, or "" for none. By default ` +
        `${usualPath("/_mxisd", part)}, or the same below /_ma1sd if the service answers there.`,
    );
}

function parseEndpoint(text: string): string | undefined {
  if (text.trim() === "") return "";
  const isPath = /^\/(?!\/)/.test(text);
  const url = isPath ? URL.parse(text, "http://host.invalid") : URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  return url.username || url.password || url.hash ? undefined : text;
}

/** The configuration's section `rest`. */
export const restSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to look people up with this service."),
  host: httpUrl().optional().describe("The service's URL, such as http://localhost:8080."),
  endpoints: z.strictObject({
    profile: z.strictObject({
      displayName: endpoint("displayName", "the name"),
      threepids: endpoint("threepids", "the email addresses"),
      roles: endpoint("roles", "the roles"),
    }).prefault({}).describe("The endpoints for the parts of a profile."),
  }).prefault({}).describe("The service's endpoints."),
  timeout: lookupTimeout()
    .describe("How long the service may take to answer, such as 10s."),
  ...credentialKeys,
}).superRefine((section, context) => {
  if (usesHost(section)) requireKeys("rest", section, ["host"], context);
  refuseTwoCredentials(section, context);
});

/** The section `rest` with its defaults filled in. */
export type RestSection = z.output<typeof restSection>;

/** Whether an endpoint is at the host. */
export function usesHost({ endpoints: { profile } }: RestSection): boolean {
  return PARTS.some((part) => profile[part]?.startsWith("/") ?? true);
}

const PARTS = ["displayName", "threepids", "roles"] as const satisfies readonly ProfilePart[];

interface Endpoint {
  readonly part: ProfilePart;
  readonly url: string;
}

type Answer = readonly [ProfilePart, ProfileDocument];

/**
 * Opens the store of the section's endpoints, which are queried concurrently. A user whom all of
 * them answer with 404 is unknown.
 *
 * A path that does not exist is answered with 404 as well. So as long as no endpoint at mxisd's paths
 * has answered otherwise, ma1sd's are queried too; the first that do are used from then on.
 */
export function openRestStore(section: RestSection, dependencies: WebDependencies): IdentityStore {
  const { host, timeout, endpoints: { profile } } = section;
  const headers = credentialHeaders(section);
  const lookUp = openLookup(NAME, timeout, dependencies, headers, "rest.host");
  const own = PARTS.flatMap((part): readonly Endpoint[] => {
    const endpoint = profile[part];
    if (endpoint === undefined || endpoint === "") return [];
    return [{ part, url: endpoint.startsWith("/") ? `${host}${endpoint}` : endpoint }];
  });
  const usualParts = PARTS.filter((part) => profile[part] === undefined);
  const usual = (prefix: Prefix): readonly Endpoint[] =>
    usualParts.map((part) => ({ part, url: `${host}${usualPath(prefix, part)}` }));
  let settled: Prefix | undefined;

  async function queryUsual(
    request: string,
    context: LookupContext,
  ): Promise<readonly Answer[]> {
    if (settled !== undefined) return await postAll(usual(settled), request, context);
    const [first, second] = PREFIXES;
    const answers = await postAll(usual(first), request, context);
    if (answers.length > 0 || usualParts.length === 0) {
      settled = first;
      return answers;
    }
    const others = await postAll(usual(second), request, context, postIfThere);
    if (others.length === 0) return [];
    settled = second;
    log.info("web service answers at ma1sd's paths", { store: NAME });
    return others;
  }

  return {
    name: NAME,
    deadline: timeout,
    async findProfile(user, options = {}) {
      const names = { mxid: user, localpart: localpartOf(user), domain: serverOf(user) };
      const request = JSON.stringify(names);
      const answers = await lookUp(options, async (context) => {
        const queries = [
          (inner: LookupContext) => postAll(own, request, inner),
          (inner: LookupContext) => queryUsual(request, inner),
        ];
        const results = await allOrNothing(queries, context.signal, (query, signal) => {
          return query({ ...context, signal });
        });
        return results.flat();
      });
      const raw = rawProfileOf(new Map(answers));
      return raw && profileFrom(NAME, user, raw);
    },
    async check(options = {}) {
      const endpoints = [...own, ...usual(settled ?? PREFIXES[0])];
      await lookUp(
        options,
        (context) =>
          allOrNothing(endpoints, context.signal, ({ url }, signal) => {
            return probe(url, { ...context, signal });
          }),
      );
    },
    async [Symbol.asyncDispose]() {},
  };
}

// Without the endpoints that do not know the user.
async function postAll(
  endpoints: readonly Endpoint[],
  body: string,
  context: LookupContext,
  send: typeof post = post,
): Promise<readonly Answer[]> {
  const answers = await allOrNothing(endpoints, context.signal, async ({ part, url }, signal) => {
    return [part, await send(url, body, { ...context, signal })] as const;
  });
  return answers.flatMap(([part, document]) => document === undefined ? [] : [[part, document]]);
}

// At a path that need not exist, whatever the service refuses or calls otherwise means that it does
// not; but a service that is down says nothing.
async function postIfThere(
  url: string,
  body: string,
  context: LookupContext,
): Promise<ProfileDocument | undefined> {
  try {
    return await post(url, body, context);
  } catch (error) {
    if (error instanceof StoreError && error.kind === "misconfigured") return undefined;
    throw error;
  }
}

// `undefined` for status 404: no such user.
async function post(
  url: string,
  body: string,
  context: LookupContext,
): Promise<ProfileDocument | undefined> {
  const response = await fetchJson(url, { method: "POST", body }, profileDocument, context);
  if (response.ok) return response.value.profile ?? {};
  if (response.status === 404) return undefined;
  throw new StatusError(NAME, response.status);
}

// Checks that an endpoint is reachable and accepts our credentials, without naming a person.
// OPTIONS changes nothing, and a service without it still responds.
async function probe(url: string, context: LookupContext): Promise<void> {
  const status = await fetchStatus(url, { method: "OPTIONS" }, context);
  const reachable = status < 300 || [400, 404, 405, 415, 422, 501].includes(status);
  if (!reachable) throw new StatusError(NAME, status);
}

// Aborts all work as soon as one fails, and rejects once all have ended.
async function allOrNothing<Item, Result>(
  items: readonly Item[],
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<readonly Result[]> {
  const failed = new AbortController();
  const ended = AbortSignal.any([signal, failed.signal]);
  const works = items.map(async (item) => {
    try {
      return await work(item, ended);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(works);
  if (failed.signal.aborted) throw failed.signal.reason;
  return Promise.all(works);
}
