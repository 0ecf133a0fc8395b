/**
 * Which certificates of a server are trusted.
 *
 * @module
 */

/** How a certificate is checked. */
export interface Trust {
  /** Whether it has to verify. */
  readonly verify: boolean;
  /** Whether one that verifies may be for another host. */
  readonly anyHost?: boolean | undefined;
  /** Certificates in PEM that it is verified against; by default the well-known ones. */
  readonly ca?: readonly string[] | undefined;
}

/**
 * The checks of which a certificate has to pass one, where certificates are trusted beside the
 * well-known ones. Each takes a connection of its own: given certificates replace the well-known
 * ones in node:tls, and to list those needs a permission.
 *
 * @param ca Certificates in PEM.
 */
export function trustAttempts(ca: readonly string[]): readonly Trust[] {
  return ca.length > 0 ? [{ verify: true, ca }, { verify: true }] : [{ verify: true }];
}

/** Opens a connection with the first attempt that works. Fails as the first one did. */
export type OpenTrusted<Attempt> = <Connection>(
  open: (trust: Attempt) => Promise<Connection>,
) => Promise<Connection>;

/**
 * Makes attempts one after the other, as long as they fail for TLS. The one that worked is the first
 * the next time.
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
