/**
 * Sets the response headers of public pages.
 *
 * @module
 */

import type { Context, Next } from "hono";
import { NONCE, secureHeaders } from "hono/secure-headers";

const setSecureHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: [NONCE],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: "DENY",
  // The proxy decides whether the host has TLS everywhere.
  strictTransportSecurity: false,
});

/**
 * The middleware. A page is not cached, not framed and not indexed, sends no referrer, and loads
 * nothing: it has only its own text and the style sheet with {@linkcode pageNonce}.
 */
export async function pageHeaders(context: Context, next: Next): Promise<void> {
  await setSecureHeaders(context, next);
  // Not `context.header`, which copies the finished response each time.
  context.res.headers.set("Cache-Control", "no-store");
  context.res.headers.set("X-Robots-Tag", "noindex, nofollow");
}

/** The nonce of the page's style sheet, set by {@linkcode pageHeaders}. */
export function pageNonce(context: Context): string {
  return context.get("secureHeadersNonce") ?? "";
}
