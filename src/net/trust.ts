/**
 * Decides which certificates of servers are trusted.
 *
 * @module
 */

import { splitByRole } from "./certificate.ts";

/** A way to check a certificate. */
export interface Trust {
  /** Whether it must verify. */
  readonly verify: boolean;
  /** Whether it may be for another host. */
  readonly anyHost?: boolean | undefined;
  /** The trusted certificates in PEM; by default the well-known ones. */
  readonly ca?: readonly string[] | undefined;
  /** Whether it must be one of these itself: what these have signed is not trusted. */
  readonly exact?: boolean | undefined;
}

/**
 * The ways to check a certificate, of which one must succeed. Each needs a connection of its own: in
 * node:tls, given certificates replace the well-known ones, and listing those needs a permission.
 *
 * @param ca Certificates in PEM that are trusted beside the well-known ones. One that says that it is
 * no authority's is trusted for itself alone.
 */
export function trustAttempts(ca: readonly string[]): readonly Trust[] {
  const { authorities, servers } = splitByRole(ca);
  return [
    ...(authorities.length > 0 ? [{ verify: true, ca: authorities }] : []),
    ...(servers.length > 0 ? [{ verify: true, ca: servers, exact: true }] : []),
    { verify: true },
  ];
}

/** Opens a connection with the first attempt that succeeds, or throws the error of the first one. */
export type OpenTrusted<Attempt> = <Connection>(
  open: (trust: Attempt) => Promise<Connection>,
) => Promise<Connection>;

/**
 * Makes the attempts in order, as long as the certificate is not trusted. The one that succeeds is the
 * first one the next time.
 */
export function tryTrusts<Attempt>(
  attempts: readonly Attempt[],
  isUntrusted: (error: unknown) => boolean,
): OpenTrusted<Attempt> {
  let ordered = attempts;
  return async (open) => {
    const errors: unknown[] = [];
    for (const trust of ordered) {
      try {
        const connection = await open(trust);
        ordered = [trust, ...ordered.filter((other) => other !== trust)];
        return connection;
      } catch (error) {
        if (!isUntrusted(error)) throw error;
        errors.push(error);
      }
    }
    throw errors[0];
  };
}
