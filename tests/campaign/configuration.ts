/**
 * The service's configuration in a campaign.
 *
 * @module
 */

/** The homeserver's name. */
export const DOMAIN = "example.org";

/** The homeserver's token. */
export const HS_TOKEN = "hs-VDxUpXFqbN4Qh2rK-campaign";

/** How many people there are. */
export const PEOPLE = 200;

/** A person's address. */
export function addressOf(person: number): string {
  return `person${person}@mail.example`;
}

/** The settings, with no limit in the way. */
export function campaignSettings(
  folder: string,
  servicePort: number,
  mailPort: number,
): Record<string, unknown> {
  return {
    matrix: { domain: DOMAIN },
    appsvc: {
      endpoint: {
        toHS: { url: "http://127.0.0.1:1" },
        toAS: { url: `http://127.0.0.1:${servicePort}`, token: HS_TOKEN },
      },
    },
    server: { port: servicePort },
    storage: { provider: { sqlite: { database: `${folder}/outbox.db` } } },
    memory: {
      enabled: true,
      identities: Array.from({ length: PEOPLE }, (_, person) => ({
        username: `person${person}`,
        threepids: [{ medium: "email", address: addressOf(person) }],
      })),
    },
    threepid: {
      medium: {
        email: {
          identity: { from: `matrix@${DOMAIN}` },
          connectors: { smtp: { host: "127.0.0.1", port: mailPort, tls: 0 } },
        },
      },
    },
    notify: { delay: "200ms", limits: { perAddress: "off", perInviter: "off", perServer: "off" } },
  };
}
