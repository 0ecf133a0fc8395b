/**
 * Queries the admin API of Matrix Authentication Service.
 *
 * @module
 */

import { z } from "zod";
import { StoreError } from "../port.ts";
import { fetchJsonOrError, type LookupContext, StatusError } from "./json_request.ts";

// RFC 3339; null for never. Old versions do not send all of them.
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
    // An address that is none must not hide the others.
    attributes: z.object({ user_id: z.string(), email: z.unknown() }),
  })),
  links: z.object({ next: z.string().nullish() }),
});

const errors = z.object({ errors: z.array(z.object({ title: z.string() })).min(1) });

/** A user. */
export type MasUser = z.output<typeof user>["data"];

// No person has more.
const MAX_EMAILS = 100;

/**
 * Finds the user of a name, ignoring case; `undefined` if there is none.
 *
 * @throws {StoreError} If the service cannot tell.
 */
export async function findUser(
  admin: string,
  username: string,
  context: LookupContext,
): Promise<MasUser | undefined> {
  // A dot segment would lead out of the path, even percent-encoded, so no such user can be found.
  if (/^\.{1,2}$/.test(username)) return undefined;
  const name = encodeURIComponent(username.toWellFormed());
  return (await get(`${admin}/users/by-username/${name}`, user, context))?.data;
}

/**
 * Finds the email addresses of a user, in the order in which they were added; `undefined` if the
 * user no longer exists.
 *
 * @throws {StoreError} If the service cannot tell.
 */
export async function findEmails(
  admin: string,
  id: string,
  context: LookupContext,
): Promise<readonly unknown[] | undefined> {
  const query = new URLSearchParams({ "filter[user]": id, "page[first]": `${MAX_EMAILS}` });
  const page = await get(`${admin}/user-emails?${query}`, emails, context);
  if (page === undefined) return undefined;
  if (typeof page.links.next === "string") {
    const reason = `it has more than ${MAX_EMAILS} addresses for one person`;
    throw new StoreError(context.store, "misconfigured", reason);
  }
  if (page.data.some(({ attributes }) => attributes.user_id !== id)) {
    const reason = "it answers with addresses of other people than requested";
    throw new StoreError(context.store, "misconfigured", reason);
  }
  return page.data.map(({ attributes }) => attributes.email);
}

async function get<Value>(
  url: string,
  form: z.ZodType<Value>,
  context: LookupContext,
): Promise<Value | undefined> {
  const forms = { value: form, error: errors };
  const response = await fetchJsonOrError(url, { method: "GET" }, forms, context);
  if (response.ok) return response.value;
  const { status, error } = response;
  if (status !== 404) throw new StatusError(context.store, status);
  // A server without the admin API has a 404 of another form.
  if (error === undefined) {
    throw new StatusError(context.store, status, "there is no admin API at this URL");
  }
  return undefined;
}
