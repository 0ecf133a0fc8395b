/**
 * Credentials for a web service: keys of a section, and the header fields that they set.
 *
 * @module
 */

import { z } from "zod";
import { filledText, secret } from "../../settings/kinds.ts";

// What RFC 9110 allows in a field value, and the names that the administrator may set.
const FIELD_VALUE = /^[\x20-\x7E\x80-\xFF]*$/;
const FIELD_NAME =
  /^(?!(?:host|connection|content-.*|transfer-encoding|te|upgrade)$)[!#$%&'*+.^_`|~0-9a-z-]+$/i;

const fieldValue = () =>
  secret().refine(
    (value) => FIELD_VALUE.test(value.reveal()),
    "contains a character that is not allowed in a header field, such as a line break",
  );

/** The credential keys of a section. */
export const credentialKeys = {
  bearer: fieldValue().optional().describe("A token, sent as Authorization: Bearer."),
  basic: z.strictObject({
    username: filledText().refine((name) => !name.includes(":"), "must not contain a colon")
      .describe("The user name."),
    password: secret().describe("The password."),
  }).optional().describe("A user name and a password, sent as Authorization: Basic."),
  headers: z.record(
    z.string().regex(FIELD_NAME, "is not a header field that can be set here"),
    fieldValue(),
  ).default({}).describe("More header fields, such as X-Api-Key."),
};

const credentials = z.strictObject(credentialKeys);

/** The credentials of a section. */
export type Credentials = z.output<typeof credentials>;

/** Reports two keys that set one header field. */
export function refuseTwoCredentials(section: Credentials, context: z.RefinementCtx): void {
  if (!section.bearer || !section.basic) return;
  const message = "bearer is set as well: keep one of the two";
  context.addIssue({ code: "custom", path: ["basic"], message });
}

/** The header fields that carry the credentials. */
export function credentialHeaders({ headers: fields, bearer, basic }: Credentials): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(fields)) headers.set(name, value.reveal());
  if (bearer) headers.set("authorization", `Bearer ${bearer.reveal()}`);
  if (basic) {
    headers.set("authorization", basicAuthorization(basic.username, basic.password.reveal()));
  }
  return headers;
}

/** The value of the field `Authorization` for a user name and a password (RFC 7617, UTF-8). */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${new TextEncoder().encode(`${username}:${password}`).toBase64()}`;
}
