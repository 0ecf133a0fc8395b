/**
 * Which hosts are this machine, and which URLs reach others unencrypted.
 *
 * @module
 */

/**
 * Whether the host is this machine itself: 127.0.0.0/8, also as an IPv4-mapped address, ::1, or
 * localhost (RFC 6761). An IPv6 address may be in brackets, as in URLs.
 */
export function isLoopback(host: string): boolean {
  return /^(?:(?:::ffff:)?127(?:\.[0-9]{1,3}){3}|::1|\[::1\]|localhost)$/.test(host);
}

/**
 * The host to listen on when a URL leads to this machine's loopback interface; `undefined` when it
 * leads elsewhere or is not a URL.
 */
export function loopbackHost(url: string): string | undefined {
  const host = URL.parse(url)?.hostname;
  if (host === undefined || !isLoopback(host)) return undefined;
  // A client tries all addresses of the name, but a server listens on one of them: the one that
  // every machine has.
  return host === "localhost" ? "127.0.0.1" : host.replace(/^\[|\]$/g, "");
}

/** Whether what is sent to the URL crosses the network unencrypted. */
export function isUnencrypted(url: string): boolean {
  return /^http:/i.test(url) && loopbackHost(url) === undefined;
}
