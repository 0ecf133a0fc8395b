/**
 * People whom a web service of the organisation's own knows.
 *
 * @module
 */

import { z } from "zod";
import { localpartOf, serverOf } from "../../domain/user_id.ts";
import { flag, httpUrl, parsed } from "../../settings/kinds.ts";
import { requireKeys } from "../../settings/required_keys.ts";
import type { Clock } from "../../system/clock.ts";
import { withDeadline } from "../deadline.ts";
import type { IdentityStore, LookupOptions } from "../port.ts";
import { profileFrom } from "../raw_profile.ts";
import { timeoutSetting } from "../timeout_setting.ts";
import { credentialHeaders, credentialKeys, refuseTwoCredentials } from "./credentials.ts";
import type { Exchange } from "./json_exchange.ts";
import type { ProfileAnswer } from "./profile_answer.ts";
import { postQuestion, probe } from "./rest_exchange.ts";

const PROFILE = "/_mxisd/backend/api/v1/profile";

function endpoint(path: string, what: string) {
  return parsed(parseEndpoint, "a path that begins with /, a URL, or nothing").default(path)
    .describe(`Where to ask for ${what}: a path at the host, a whole URL, or "" for not at all.`);
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
  enabled: flag().default(false).describe("Whether to ask this service."),
  host: httpUrl().optional().describe("The service's URL, such as http://localhost:8080."),
  endpoints: z.strictObject({
    profile: z.strictObject({
      displayName: endpoint(`${PROFILE}/displayName`, "the name"),
      threepids: endpoint(`${PROFILE}/threepids`, "the mail addresses"),
      roles: endpoint(`${PROFILE}/roles`, "the roles"),
    }).prefault({}).describe("The endpoints for what is known of a person."),
  }).prefault({}).describe("The service's endpoints."),
  timeout: timeoutSetting()
    .describe("How long the service may take to answer, such as 10s."),
  ...credentialKeys,
}).superRefine((section, context) => {
  const paths = Object.values(section.endpoints.profile).filter((path) => path.startsWith("/"));
  if (paths.length > 0) requireKeys("rest", section, ["host"], context);
  refuseTwoCredentials(section, context);
});

/** The section `rest` with its defaults filled in. */
export type RestSection = z.output<typeof restSection>;

/** What a REST store needs from outside. */
export interface RestDependencies {
  /** How to ask; it decides which certificates are trusted. */
  readonly fetch: typeof fetch;
  /** The time. */
  readonly clock: Clock;
}

type Part = keyof RestSection["endpoints"]["profile"];

/**
 * The store behind the section's endpoints. All of them are asked at once; a person whom all of
 * them answer with 404 is no such user.
 */
export function openRestStore(section: RestSection, dependencies: RestDependencies): IdentityStore {
  const name = "rest";
  const { clock } = dependencies;
  const headers = credentialHeaders(section);
  const parts = Object.entries(section.endpoints.profile).flatMap(([part, endpoint]) => {
    const url = endpoint.startsWith("/") ? `${section.host}${endpoint}` : endpoint;
    return url === "" ? [] : { part: part as Part, url };
  });

  function exchange<Result>(
    { signal, onQuery }: LookupOptions,
    work: (url: string, exchange: Exchange, part: Part) => Promise<Result>,
  ): Promise<readonly Result[]> {
    return withDeadline(name, { clock, deadline: section.timeout, signal }, (ended) => {
      return allOrNothing(parts, ended, ({ url, part }, ended) => {
        const { fetch } = dependencies;
        return work(url, { store: name, fetch, headers, signal: ended, onQuery }, part);
      });
    });
  }

  return {
    name,
    deadline: section.timeout,
    async findProfile(user, options = {}) {
      const question = { mxid: user, localpart: localpartOf(user), domain: serverOf(user) };
      const answers = await exchange(options, async (url, exchange, part) => {
        const profile = await postQuestion(url, question, exchange);
        return profile && { ...profile, part };
      });
      const found = answers.filter((answer) => answer !== undefined);
      if (found.length === 0) return undefined;
      const answer = (part: Part): ProfileAnswer => found.find((each) => each.part === part) ?? {};
      return profileFrom(name, user, {
        threepids: answer("threepids").threepids ?? [],
        displayName: answer("displayName").display_name,
        roles: answer("roles").roles ?? [],
        language: found.find((each) => each.language)?.language,
      });
    },
    async check(options = {}) {
      await exchange(options, probe);
    },
    async [Symbol.asyncDispose]() {},
  };
}

// When one fails the others are called off, and none of them goes on behind.
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
