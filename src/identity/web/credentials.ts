/**
 * How a store tells a web service who it is.
 *
 * @module
 */

import { z } from "zod";
import { filledText, secret } from "../../settings/kinds.ts";

// What RFC 9110 lets stand in a field value, and the names that are not the administrator's.
const FIELD_VALUE = /^[\x20-\x7E\x80-\xFF]*$/;
const FIELD_NAME =
  /^(?!(?:host|connection|content-.*|transfer-encoding|te|upgrade)$)[!#$%&'*+.^_`|~0-9a-z-]+$/i;

const fieldValue = () =>
  secret().refine(
    (value) => FIELD_VALUE.test(value.reveal()),
    "has characters that no header field can hold, such as a line break",
  );

/** The keys of a section that say who we are. */
export const credentialKeys = {
  bearer: fieldValue().optional().describe("A token to be sent as Authorization: Bearer."),
  basic: z.strictObject({
    username: filledText().refine((name) => !name.includes(":"), "must not have a colon")
      .describe("The user name."),
    password: secret().describe("The password."),
  }).optional().describe("A user name and a password to be sent as Authorization: Basic."),
  headers: z.record(
    z.string().regex(FIELD_NAME, "is no header field that can be set here"),
    fieldValue(),
  ).default({}).describe("More header fields to be sent, such as X-Api-Key."),
};

const credentials = z.strictObject(credentialKeys);

/** Who we are, as a section says it. */
export type Credentials = z.output<typeof credentials>;

/** Complains when there are two ways to fill one header field. */
export function refuseTwoCredentials(section: Credentials, context: z.RefinementCtx): void {
  if (!section.bearer || !section.basic) return;
  const message = "there is bearer already: keep one of the two";
  context.addIssue({ code: "custom", path: ["basic"], message });
}

/** The header fields that say who we are. */
export function credentialHeaders({ headers: fields, bearer, basic }: Credentials): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(fields)) headers.set(name, value.reveal());
  if (bearer) headers.set("authorization", `Bearer ${bearer.reveal()}`);
  if (basic) {
    headers.set("authorization", basicAuthorization(basic.username, basic.password.reveal()));
  }
  return headers;
}

/** The value of the field `Authorization` for a user and a password (RFC 7617, in UTF-8). */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${new TextEncoder().encode(`${username}:${password}`).toBase64()}`;
}
