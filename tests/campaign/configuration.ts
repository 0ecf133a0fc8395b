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

/** How many mails the service sends at once: the default of `pool`. */
export const MAILS_AT_ONCE = 5;

/** A person's address. */
export function addressOf(person: number): string {
  return `person${person}@mail.example`;
}

/** How many invites a service looks up at once. */
export const LOOKUPS_AT_ONCE = 10;

/** Where the service listens, and what it uses. */
export interface CampaignPorts {
  /** Of the service. */
  readonly service: number;
  /** Of the mail server. */
  readonly mail: number;
  /** The identity store's URL. */
  readonly identity: string;
}

/** The settings, with no limit in the way. */
export function campaignSettings(
  storage: Readonly<Record<string, unknown>>,
  ports: CampaignPorts,
): Record<string, unknown> {
  return {
    matrix: { domain: DOMAIN },
    appsvc: {
      endpoint: {
        toHS: { url: "http://127.0.0.1:1" },
        toAS: { url: `http://127.0.0.1:${ports.service}`, token: HS_TOKEN },
      },
    },
    server: { port: ports.service },
    storage,
    rest: {
      enabled: true,
      host: ports.identity,
      endpoints: { profile: { displayName: "", roles: "" } },
    },
    threepid: {
      medium: {
        email: {
          identity: { from: `matrix@${DOMAIN}` },
          connectors: { smtp: { host: "127.0.0.1", port: ports.mail, tls: 0 } },
        },
      },
    },
    notify: {
      delay: "200ms",
      // The account knows one mail for each invite.
      digest: "off",
      limits: { perAddress: "off", perInviter: "off", perServer: "off", perRoom: "off" },
    },
  };
}
