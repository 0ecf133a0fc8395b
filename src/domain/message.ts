/**
 * An email, before a transport turns it into bytes.
 *
 * @module
 */

import type { EmailAddress } from "./email_address.ts";

/** A name and an address. The name is plain text; the transport encodes it. */
export interface Mailbox {
  /** Empty when there is none. */
  readonly name: string;
  /** The address of the mailbox. */
  readonly address: EmailAddress;
}

/** The content of an email. All strings are plain Unicode text. */
export type Content =
  /** Separate parts, from which the transport composes a MIME entity. */
  | {
    readonly kind: "parts";
    readonly subject: string;
    readonly text: string;
    readonly html: string;
    readonly inline: readonly InlineFile[];
  }
  /**
   * A whole MIME entity as bytes: the header fields that describe it (Subject, MIME-Version,
   * Content-*), an empty line and the body. It lacks the fields that the transport sets.
   */
  | { readonly kind: "mime"; readonly entity: Uint8Array };

/** A picture inside the HTML part, shown by `cid:`. */
export interface InlineFile {
  /** The text after `cid:`. */
  readonly contentId: string;
  /** A media type such as `image/png`. */
  readonly mediaType: string;
  /** The file's content. */
  readonly bytes: Uint8Array;
}

/** How bounces refer to an email. */
export interface ReturnPath {
  /** Letters and digits that identify the email. Whoever knows them can make a bounce of it. */
  readonly token: string;
  /** The envelope's sender, which contains the token. */
  readonly address?: EmailAddress | undefined;
}

/** An email to one person. */
export interface Message {
  /** The From field, and the envelope's sender unless there is a return path with another. */
  readonly from: Mailbox;
  /** How bounces refer to it; absent if nothing reads them. */
  readonly returnPath?: ReturnPath | undefined;
  /** The envelope's only recipient, and the To field. */
  readonly to: Mailbox;
  /** With its angle brackets; the same at each attempt (RFC 5322, section 3.6.4). */
  readonly messageId: string;
  /** The Date field, in milliseconds since 1970, UTC. */
  readonly date: number;
  /** Further header fields by name, in plain Unicode text, without line breaks. */
  readonly headers: Readonly<Record<string, string>>;
  /** The subject and the body. */
  readonly content: Content;
}
