/**
 * The header fields of pages that anybody in the world may open.
 *
 * @module
 */

/**
 * The page is kept nowhere, tells nobody where it is, stands in no frame, is found by no search
 * engine, and has nothing but its own text and the style sheet with that nonce, if there is one.
 */
export function pageHeaders(nonce?: string): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    ...(nonce === undefined ? [] : [`style-src 'nonce-${nonce}'`]),
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "Cache-Control": "no-store",
    "Content-Security-Policy": policy.join("; "),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
  };
}
