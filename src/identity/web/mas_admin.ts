/**
 * The questions to the admin API of Matrix Authentication Service.
 *
 * @module
 */

import { z } from "zod";
import { StoreError } from "../port.ts";
import { askForJsonOrRefusal, type Exchange, refusal } from "./json_exchange.ts";

// RFC 3339; null for never. What this service does not know yet, it does not send.
const moment = z.string().nullish();

const user = z.object({
  data: z.object({
    id: z.string().min(1),
    attributes: z.object({
      username: z.string(),
      locked_at: moment,
      deactivated_at: moment,
      legacy_guest: z.boolean().nullish(),
    }),
  }),
});

const emails = z.object({
  data: z.array(z.object({
    attributes: z.object({ user_id: z.string(), email: z.string() }),
  })),
  links: z.object({ next: z.string().nullish() }),
});

const errors = z.object({ errors: z.array(z.object({ title: z.string() })).min(1) });

/** A user. */
export type MasUser = z.output<typeof user>["data"];

// Nobody has more.
const MOST_EMAILS = 100;

/**
 * The user of a name, in whatever case; `undefined` when there is none, `refused` when the token is
 * not accepted.
 *
 * @throws {StoreError} Whenever the service cannot tell.
 */
export async function findUser(
  admin: string,
  username: string,
  exchange: Exchange,
): Promise<MasUser | undefined | "refused"> {
  if (/^\.{1,2}$/.test(username)) {
    // A segment of dots would climb, also when it is percent-encoded.
    const reason = "a name of nothing but dots cannot be asked for";
    throw new StoreError(exchange.store, "misconfigured", reason);
  }
  const name = encodeURIComponent(username.toWellFormed());
  const answer = await ask(`${admin}/users/by-username/${name}`, user, exchange);
  return typeof answer === "object" ? answer.data : answer;
}

/**
 * The mail addresses of a user, in the order in which they were added; `undefined` when there is no
 * such user any more, `refused` when the token is not accepted.
 *
 * @throws {StoreError} Whenever the service cannot tell.
 */
export async function findEmails(
  admin: string,
  id: string,
  exchange: Exchange,
): Promise<readonly string[] | undefined | "refused"> {
  const query = new URLSearchParams({ "filter[user]": id, "page[first]": `${MOST_EMAILS}` });
  const answer = await ask(`${admin}/user-emails?${query}`, emails, exchange);
  if (typeof answer !== "object") return answer;
  if (typeof answer.links.next === "string") {
    const reason = `it has more than ${MOST_EMAILS} addresses for one person`;
    throw new StoreError(exchange.store, "misconfigured", reason);
  }
  if (answer.data.some(({ attributes }) => attributes.user_id !== id)) {
    const reason = "it answers with addresses of other people than it was asked for";
    throw new StoreError(exchange.store, "misconfigured", reason);
  }
  return answer.data.map(({ attributes }) => attributes.email);
}

async function ask<Answer extends object>(
  url: string,
  form: z.ZodType<Answer>,
  exchange: Exchange,
): Promise<Answer | undefined | "refused"> {
  const forms = { answer: form, refusal: errors };
  const result = await askForJsonOrRefusal(url, { method: "GET" }, forms, exchange);
  if ("answer" in result) return result.answer;
  if (result.status === 401) return "refused";
  if (result.status !== 404) throw refusal(result.status, exchange.store);
  // Whatever has no admin API has a 404 of its own.
  if (result.refusal !== undefined) return undefined;
  const reason = "there is no admin API at this URL (status 404)";
  throw new StoreError(exchange.store, "misconfigured", reason);
}
