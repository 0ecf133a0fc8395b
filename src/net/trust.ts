/**
 * Decides which certificates of servers are trusted.
 *
 * @module
 */

/** A way to check a certificate. */
export interface Trust {
  /** Whether it must verify. */
  readonly verify: boolean;
  /** Whether it may be for another host. */
  readonly anyHost?: boolean | undefined;
  /** The trusted certificates in PEM; by default the well-known ones. */
  readonly ca?: readonly string[] | undefined;
}

/**
 * The ways to check a certificate, of which one must succeed. Each needs a connection of its own: in
 * node:tls, given certificates replace the well-known ones, and listing those needs a permission.
 *
 * @param ca Certificates in PEM that are trusted beside the well-known ones.
 */
export function trustAttempts(ca: readonly string[]): readonly Trust[] {
  return ca.length > 0 ? [{ verify: true, ca }, { verify: true }] : [{ verify: true }];
}

/** Opens a connection with the first attempt that succeeds, or throws the error of the first one. */
export type OpenTrusted<Attempt> = <Connection>(
  open: (trust: Attempt) => Promise<Connection>,
) => Promise<Connection>;

/**
 * Makes the attempts in order, as long as TLS fails. The one that succeeds is the first one the next
 * time.
 */
export function tryTrusts<Attempt>(
  attempts: readonly Attempt[],
  isTlsFailure: (error: unknown) => boolean,
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
        if (!isTlsFailure(error)) throw error;
        errors.push(error);
      }
    }
    throw errors[0];
  };
}
