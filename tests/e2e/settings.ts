/**
 * The configuration of the service under test.
 *
 * @module
 */

/** The homeserver's name. */
export const DOMAIN = "example.org";

/** Where everything is. */
export interface Places {
  /** The configuration's folder, where the service's database is as well. */
  readonly folder: string;
  /** The registration's file. */
  readonly registration: string;
  /** The service's port. */
  readonly servicePort: number;
  /** The port of the homeserver's client API. */
  readonly homeserverPort: number;
  /** The mail server's port. */
  readonly mailPort: number;
}

// The people that the identity store knows, by localpart.
const PEOPLE = {
  alice: "Alice Archer",
  bob: "Bob Baker",
  carol: "Carol Carter",
  dave: "Dave Dyer",
  zoe: "Zoe Zimmer",
};

/** A person's mail address in the identity store. */
export function addressOf(localpart: string): string {
  return `${localpart}@mail.${DOMAIN}`;
}

/** The usual configuration, by top-level keys. */
export function settingsFor(places: Places, delay: string): Record<string, unknown> {
  return {
    matrix: { domain: DOMAIN },
    appsvc: {
      endpoint: {
        toHS: { url: `http://127.0.0.1:${places.homeserverPort}` },
        toAS: { url: `http://127.0.0.1:${places.servicePort}` },
      },
      registration: { synapse: { file: places.registration } },
    },
    server: { port: places.servicePort },
    storage: { provider: { sqlite: { database: `${places.folder}/outbox.db` } } },
    memory: {
      enabled: true,
      identities: Object.entries(PEOPLE).map(([username, displayName]) => ({
        username,
        displayName,
        threepids: [{ medium: "email", address: addressOf(username) }],
      })),
    },
    threepid: {
      medium: {
        email: {
          identity: { from: `matrix@${DOMAIN}`, name: "Example chat" },
          connectors: { smtp: { host: "127.0.0.1", port: places.mailPort, tls: 0 } },
        },
      },
    },
    notify: { delay },
  };
}
