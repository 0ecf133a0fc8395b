/**
 * `.eml` templates, filled and read back.
 *
 * @module
 */

import assert from "node:assert/strict";
import PostalMime, { type Email } from "postal-mime";
import type { EmailAddress } from "../../../src/domain/email_address.ts";
import { fromBytes } from "../../../src/mime/bytes.ts";
import { openEmlRenderer, parseEml } from "../../../src/render/eml/renderer.ts";
import type { InvitationModel, MailModel } from "../../../src/render/port.ts";
import { SAMPLES } from "../../../src/render/samples.ts";

interface Difference {
  readonly inviter?: Partial<InvitationModel["inviter"]>;
  readonly room?: Partial<InvitationModel["room"]>;
}

/** A mail with one invitation. */
export function model(difference: Difference = {}): MailModel {
  const sample = SAMPLES.inside;
  const [invitation] = sample?.invitations ?? [];
  assert.ok(sample && invitation);
  const room = { ...invitation.room, ...difference.room };
  const inviter = { ...invitation.inviter, ...difference.inviter };
  return { ...sample, invitations: [{ ...invitation, inviter, room }] };
}

/** A mail about a room of this name. */
export function named(name: string): MailModel {
  return model({ room: { name, label: name } });
}

/** Fills a template, and reads the message as a mail client does. */
export async function fill(template: string | Uint8Array, mail: MailModel = model()) {
  const bytes = typeof template === "string" ? new TextEncoder().encode(template) : template;
  const parsed = parseEml(bytes);
  assert.ok(parsed.kind === "template", JSON.stringify(parsed));
  const from = { name: "The team", address: "matrix@example.org" as EmailAddress };
  const renderer = openEmlRenderer({
    template: parsed.template,
    domain: "example.ORG",
    from,
    registerUrl: "https://example.org",
  });
  const content = await renderer.render(mail);
  assert.ok(content.kind === "mime");
  const source = fromBytes(content.entity);
  assert.doesNotMatch(source, /[^\r]\n|\r[^\n]/);
  return { source, email: await PostalMime.parse(content.entity), warnings: parsed.warnings };
}

/** A template of the folder `fixtures`. */
export function fixture(name: string): Promise<Uint8Array> {
  return Deno.readFile(new URL(`fixtures/${name}.eml`, import.meta.url));
}

/** What a mail client sees of a message's form. */
export function structure({ headers, attachments, text, html }: Email) {
  return {
    headers: headers.map(({ key }) => key),
    parts: [text !== undefined, html !== undefined],
    attachments: attachments.map(({ filename, mimeType, contentId }) => [
      filename,
      mimeType,
      contentId,
    ]),
    lines: text?.trim().split("\n").length,
  };
}
