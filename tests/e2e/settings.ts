/**
 * The configuration of the service under test.
 *
 * @module
 */

/** The homeserver's name. */
export const DOMAIN = "example.org";

/** The files and ports of an organisation. */
export interface Layout {
  /** The folder of the configuration and of the service's database. */
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
  ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`zoe${index + 1}`, "Zoe Zimmer"])),
};

/** A person's email address in the identity store. */
export function addressOf(localpart: string): string {
  return `${localpart}@mail.${DOMAIN}`;
}

/** The usual configuration, by top-level keys. */
export function settingsFor(layout: Layout, delay: string): Record<string, unknown> {
  return {
    matrix: { domain: DOMAIN },
    appsvc: {
      endpoint: {
        toHS: { url: `http://127.0.0.1:${layout.homeserverPort}` },
        toAS: { url: `http://127.0.0.1:${layout.servicePort}` },
      },
      registration: { synapse: { file: layout.registration } },
    },
    server: { port: layout.servicePort },
    storage: { provider: { sqlite: { database: `${layout.folder}/outbox.db` } } },
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
          connectors: { smtp: { host: "127.0.0.1", port: layout.mailPort, tls: 0 } },
        },
      },
    },
    notify: { delay },
  };
}

/** The top-level keys of a configuration without a homeserver and a mail server. */
export const OFFLINE_SETTINGS = {
  matrix: { domain: DOMAIN },
  appsvc: {
    endpoint: { toHS: { url: "http://127.0.0.1:1" }, toAS: { token: "hs-token-of-offline-tests" } },
  },
  threepid: {
    medium: { email: { identity: { from: `matrix@${DOMAIN}` }, connector: "none" } },
  },
};
