/**
 * Which hosts are this machine, and what is told on the way to others.
 *
 * @module
 */

/**
 * The host to listen on when a URL leads to this machine's loopback interface, `undefined` when it
 * leads elsewhere or is none.
 */
export function loopbackHost(url: string): string | undefined {
  const host = URL.parse(url)?.hostname.replace(/^\[|\]$/g, "");
  if (host === undefined || !isLoopback(host)) return undefined;
  // Whoever calls the name tries all its addresses, but whoever listens on it gets only one: the one
  // that every machine has.
  return host === "localhost" ? "127.0.0.1" : host;
}

/** Whether the host is this machine itself: 127.0.0.0/8, ::1 or localhost (RFC 6761). */
export function isLoopback(host: string): boolean {
  return /^127(?:\.[0-9]{1,3}){3}$/.test(host) || host === "::1" || host === "localhost";
}

/** Whether what is told at the URL crosses the network in the clear. */
export function isUnencrypted(url: string): boolean {
  return /^http:/i.test(url) && loopbackHost(url) === undefined;
}
