/**
 * When a login may be said aloud.
 *
 * @module
 */

import { isLoopback } from "../../domain/loopback.ts";
import type { TlsMode } from "./section.ts";

/**
 * Whether user and password may be sent over a connection. In the clear they may be only where the
 * administrator says so (`tls: 0`) or nobody can listen: a server that offers no STARTTLS can as
 * well be somebody in between who took the offer out.
 *
 * @param peer The server's IP address.
 */
export function mayLogIn(tls: TlsMode, secure: boolean, peer: string | undefined): boolean {
  return secure || tls === 0 || (peer !== undefined && isLoopback(peer));
}
