/**
 * Parses the form that a POST to a stop page sends.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type ListedTarget, STOP_SCOPES, type StopScope } from "../outbox/suppressions.ts";

/** What the form requests. */
export type StopRequest =
  /** A button of the page. */
  | {
    readonly kind: "stop" | "undo";
    readonly scope: StopScope;
    /** The value of the button, of one for one room or inviter of several. */
    readonly listed?: string | undefined;
  }
  /** The button of a mail client (RFC 8058). */
  | { readonly kind: "one-click" };

/** Parses the body of a form, URL-encoded or multipart; `undefined` when it requests nothing. */
export async function parseStopRequest(
  body: Uint8Array,
  contentType: string | undefined,
): Promise<StopRequest | undefined> {
  const fields = await readForm(body, contentType ?? "");
  if (fields?.get("List-Unsubscribe") === "One-Click") return { kind: "one-click" };
  for (const kind of ["stop", "undo"] as const) {
    const value = fields?.get(kind);
    const scope = STOP_SCOPES.find((scope) => scope === value);
    if (scope) return { kind, scope };
    const ofListed = (["room", "inviter"] as const).find((scope) =>
      typeof value === "string" && value.startsWith(`${scope}:`)
    );
    if (ofListed) return { kind, scope: ofListed, listed: String(value) };
  }
  return undefined;
}

/** The value of the buttons for one room or inviter of several. */
export function listedValue({ scope, hash }: Pick<ListedTarget, "scope" | "hash">): string {
  return `${scope}:${Buffer.from(hash).toString("base64url")}`;
}

async function readForm(
  body: Uint8Array,
  contentType: string,
): Promise<FormData | URLSearchParams | undefined> {
  if (!/^multipart\/form-data\b/i.test(contentType)) {
    return new URLSearchParams(new TextDecoder().decode(body));
  }
  try {
    const headers = { "content-type": contentType };
    return await new Response(new Uint8Array(body), { headers }).formData();
  } catch (error) {
    // The body is not multipart.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
