/**
 * What a fault of a campaign acts on.
 *
 * @module
 */

import type { CampaignClock } from "./clock.ts";
import type { CampaignDatabase } from "./database.ts";
import type { CampaignHomeserver } from "./homeserver.ts";
import type { IdentityService } from "./identity_service.ts";
import type { Ledger } from "./ledger.ts";
import type { CampaignMailServer } from "./mail_server.ts";
import type { CampaignService } from "./service.ts";

/** The parts of a campaign. */
export interface Campaign {
  /** Where the configuration and the folder `data` with the database are. */
  readonly folder: string;
  /** The numbers that decide. */
  readonly random: () => number;
  readonly database: CampaignDatabase;
  readonly service: CampaignService;
  readonly homeserver: CampaignHomeserver;
  readonly mailServer: CampaignMailServer;
  readonly identityService: IdentityService;
  readonly clock: CampaignClock;
  /** What the faults allow. */
  readonly ledger: Ledger;
  /** How many invites a large body has. */
  readonly largeBody: number;
}

/**
 * Causes a fault while the service runs, and ends when it is over and the service runs again.
 *
 * @returns Which variant it was, for the report.
 * @throws {Error} When the service does not behave as it must.
 */
export type Fault = (campaign: Campaign) => Promise<string>;
