/**
 * Looks people up with a web service of the organisation, by mxisd's REST protocol.
 *
 * @module
 */

import { z } from "zod";
import { localpartOf, serverOf } from "../../domain/user_id.ts";
import { flag, httpUrl, lookupTimeout, parsed } from "../../settings/kinds.ts";
import { requireKeys } from "../../settings/required_keys.ts";
import type { IdentityStore, LookupOptions } from "../port.ts";
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
const PROFILE = "/_mxisd/backend/api/v1/profile";

function endpoint(path: string, what: string) {
  return parsed(parseEndpoint, "a path that begins with /, a URL, or nothing").default(path)
    .describe(`The endpoint for ${what}: a path at the host, a full URL, or "" for none.`);
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
      displayName: endpoint(`${PROFILE}/displayName`, "the name"),
      threepids: endpoint(`${PROFILE}/threepids`, "the email addresses"),
      roles: endpoint(`${PROFILE}/roles`, "the roles"),
    }).prefault({}).describe("The endpoints for the parts of a profile."),
  }).prefault({}).describe("The service's endpoints."),
  timeout: lookupTimeout()
    .describe("How long the service may take to answer, such as 10s."),
  ...credentialKeys,
}).superRefine((section, context) => {
  const paths = Object.values(section.endpoints.profile).filter((path) => path.startsWith("/"));
  if (paths.length > 0) requireKeys("rest", section, ["host"], context);
  refuseTwoCredentials(section, context);
});

/** The section `rest` with its defaults filled in. */
export type RestSection = z.output<typeof restSection>;

/**
 * Opens the store of the section's endpoints, which are queried concurrently. A user whom all of
 * them answer with 404 is unknown.
 */
export function openRestStore(section: RestSection, dependencies: WebDependencies): IdentityStore {
  const { host, timeout } = section;
  const lookUp = openLookup(NAME, timeout, dependencies, credentialHeaders(section));
  const endpoints = Object.entries(section.endpoints.profile).flatMap(([part, endpoint]) => {
    const url = endpoint.startsWith("/") ? `${host}${endpoint}` : endpoint;
    return url === "" ? [] : { part: part as ProfilePart, url };
  });

  function queryAll<Result>(
    options: LookupOptions,
    query: (url: string, context: LookupContext) => Promise<Result>,
  ): Promise<readonly { readonly part: ProfilePart; readonly result: Result }[]> {
    return lookUp(
      options,
      (context) =>
        allOrNothing(endpoints, context.signal, async ({ part, url }, signal) => {
          return { part, result: await query(url, { ...context, signal }) };
        }),
    );
  }

  return {
    name: NAME,
    deadline: timeout,
    async findProfile(user, options = {}) {
      const request = { mxid: user, localpart: localpartOf(user), domain: serverOf(user) };
      const results = await queryAll(options, (url, context) => post(url, request, context));
      const documents = results.flatMap(({ part, result }) =>
        result === undefined ? [] : [[part, result] as const]
      );
      const raw = rawProfileOf(new Map(documents));
      return raw && profileFrom(NAME, user, raw);
    },
    async check(options = {}) {
      await queryAll(options, probe);
    },
    async [Symbol.asyncDispose]() {},
  };
}

// `undefined` for status 404: no such user.
async function post(
  url: string,
  request: unknown,
  context: LookupContext,
): Promise<ProfileDocument | undefined> {
  const body = JSON.stringify(request);
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
