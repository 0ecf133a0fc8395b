/**
 * Kills the program under load and causes faults between the kills, again and again, and accounts
 * for every invite.
 *
 * @module
 */

import { freePort } from "../process/free_port.ts";
import { type Account, accountFor, announcements } from "./account.ts";
import { CampaignClock } from "./clock.ts";
import { campaignSettings } from "./configuration.ts";
import type { CampaignDatabase, DatabaseName } from "./database.ts";
import { postgresqlDatabase } from "./databases/postgresql.ts";
import { sqliteDatabase } from "./databases/sqlite.ts";
import { type Expectations, touches } from "./expectations.ts";
import type { Campaign } from "./fault.ts";
import { FAULTS, scheduleOf } from "./faults.ts";
import { CampaignHomeserver } from "./homeserver.ts";
import { IdentityService } from "./identity_service.ts";
import type { Kind } from "./kinds.ts";
import { type Happened, Ledger } from "./ledger.ts";
import { CampaignMailServer } from "./mail_server.ts";
import { pause } from "./pause.ts";
import { Replica } from "./replica.ts";
import { seededRandom } from "./seeded_random.ts";
import { CampaignService } from "./service.ts";
import type { AcceptedInvite } from "./traffic.ts";

/** How a campaign goes. */
export interface CampaignOptions {
  /** How often the program is killed, at least: some faults kill as well, and each kind happens. */
  readonly kills: number;
  /** What its random numbers depend on. */
  readonly seed: number;
  /** The database below the service. */
  readonly database: DatabaseName;
  /** How many processes the service has. */
  readonly replicas: number;
  /** How many invites are acknowledged between two kills, at most. */
  readonly maxLifeInvites: number;
  /** The kinds of faults. */
  readonly kinds: readonly Kind[];
  /** How many kills there are from a fault to the next one. */
  readonly killsPerFault: number;
  /** How many invites a large body has. */
  readonly largeBody: number;
  /** Takes a line of progress. */
  readonly tell: (line: string) => void;
}

/** What came of a campaign. */
export interface CampaignReport {
  /** How often the program was killed. */
  readonly kills: number;
  /** The faults, in order. */
  readonly faults: readonly Happened[];
  /** The account of all invites. */
  readonly total: Account;
  /** The accounts of the invites by the first fault that they met while they waited. */
  readonly byKind: ReadonlyMap<Kind | "kills", Account>;
  /** How many copies there may be. */
  readonly allowedCopies: number;
  /** How many leases the invites may have waited for. */
  readonly allowedLeases: number;
}

// From the acknowledgement to the mail, while the service runs and no fault lasts: a failed attempt
// is repeated after 10, 20 and 40 seconds.
const LATE_AFTER_MS = 120_000;
// How much longer for each invite that waits before: ten mails a second, on a busy machine.
const PER_WAITING_MS = 100;
// When nothing arrives any more, what is missing is taken for lost.
const QUIET_MS = LATE_AFTER_MS;
const PAUSE_MS = 200;
// When nothing arrives for so long, what waits was claimed by processes that were killed.
const LEASED_QUIET_MS = 3_000;

/** Runs a campaign and accounts for it. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const { kills, seed, kinds, killsPerFault, tell } = options;
  await using stack = new AsyncDisposableStack();
  const campaign = await openCampaign(options, stack);
  const { service, homeserver, ledger, mailServer } = campaign;
  const schedule = scheduleOf(kinds, seededRandom(seed + 2));
  await service.start();
  const pushing = homeserver.run();
  // It is awaited in the end.
  pushing.catch(() => {});
  const { faults } = ledger;
  for (let next = killsPerFault; service.kills < kills || faults.length < kinds.length;) {
    await service.killAndStart();
    if (service.kills < next || kinds.length === 0) continue;
    const before = `${service.kills} kills, ${homeserver.accepted.length} invites`;
    tell(`${before}: ${await cause(schedule.next().value, campaign)}`);
    next = service.kills + killsPerFault;
  }
  homeserver.stop();
  await pushing;
  if (!await settled(campaign)) tell(`some invites were not announced:\n${service.tail()}`);
  await service.stop();
  const expectations = {
    ...ledger,
    lateAfter: LATE_AFTER_MS,
    perWaiting: PER_WAITING_MS,
    lease: campaign.database.lease,
  };
  return {
    kills: service.kills,
    faults: ledger.faults,
    total: accountFor(homeserver.accepted, mailServer.mails, expectations),
    byKind: accountsByKind(campaign, expectations),
    allowedCopies: ledger.copies,
    allowedLeases: ledger.held,
  };
}

async function openCampaign(
  options: CampaignOptions,
  stack: AsyncDisposableStack,
): Promise<Campaign> {
  const { seed, kinds, largeBody, maxLifeInvites } = options;
  const folder = await Deno.makeTempDir({ prefix: "appservice-mxisd-campaign-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const database = stack.use(await OPENERS[options.database](folder));
  const ledger = new Ledger();
  const mailServer = stack.use(await CampaignMailServer.start());
  const identityService = stack.use(new IdentityService());
  const clock = await CampaignClock.create(folder, kinds.includes("clock"));
  const ports = Array.from({ length: options.replicas }, freePort);
  const others = { mail: mailServer.port, identity: identityService.url };
  const replicas = await Promise.all(ports.map(async (service) => {
    const home = `${folder}/service-${service}`;
    const settings = campaignSettings(database.storage, { service, ...others });
    await Deno.mkdir(home);
    await Deno.writeTextFile(`${home}/mxisd.yaml`, JSON.stringify(settings), { mode: 0o600 });
    return new Replica(home, clock.env);
  }));
  const [first, ...rest] = replicas;
  if (first === undefined) throw new RangeError("no replicas");
  const random = seededRandom(seed);
  const done = () => mailServer.rooms.size + ledger.missing;
  const homeserver = new CampaignHomeserver(ports, seededRandom(seed + 1), done);
  const service = stack.use(
    new CampaignService({
      replicas: [first, ...rest],
      random,
      maxLifeInvites,
      acknowledged: () => homeserver.accepted.length,
      beforeKill: () => ledger.dies(mailServer.waiting),
      wasDown: (since) => ledger.until(ledger.excused, since),
    }),
  );
  // It gives up before the service is killed for the last time.
  stack.use(homeserver);
  return {
    ...{ folder, random, database, service, homeserver, mailServer, identityService },
    ...{ clock, ledger, largeBody },
  };
}

const OPENERS: Readonly<Record<DatabaseName, (folder: string) => Promise<CampaignDatabase>>> = {
  sqlite: sqliteDatabase,
  postgresql: postgresqlDatabase,
};

async function cause(kind: Kind, campaign: Campaign): Promise<string> {
  const from = Date.now();
  const { service: { kills }, ledger } = campaign;
  let variant: string;
  try {
    variant = await FAULTS[kind](campaign);
  } catch (cause) {
    const { homeserver: { accepted, waiting }, mailServer: { mails } } = campaign;
    const counts = `${accepted.length} invites, ${mails.length} mails, ${waiting} wait`;
    const log = campaign.service.tail();
    throw new Error(`fault ${kind} after ${kills} kills (${counts}): ${cause}\n${log}`, { cause });
  }
  ledger.faults.push({ kind, variant, from, to: Date.now() });
  return `${kind}: ${variant} (${Date.now() - from} ms)`;
}

// Waits until every room has been announced, or nothing has arrived for a while. Returns whether all
// have. What was claimed by processes that were killed waits for the end of their leases, which may
// also end others'.
async function settled(
  { database, homeserver, ledger, mailServer, service }: Campaign,
): Promise<boolean> {
  const expected = homeserver.accepted.filter((invite) =>
    !ledger.setAside.has(invite.room) && !touches(ledger.mayBeLost, invite)
  );
  const isDone = () => expected.every(({ room }) => mailServer.rooms.has(room));
  async function isQuiet(within: number): Promise<void> {
    let before = -1;
    for (let quiet = 0; quiet < within && !isDone(); quiet += PAUSE_MS) {
      if (mailServer.mails.length !== before) quiet = 0;
      before = mailServer.mails.length;
      await pause(PAUSE_MS);
    }
  }
  if (database.lease > 0) {
    await isQuiet(LEASED_QUIET_MS);
    for (const _ of service.replicas) ledger.dies();
    await database.passLease();
  }
  await isQuiet(QUIET_MS);
  return isDone();
}

function accountsByKind(
  { homeserver, mailServer, ledger }: Campaign,
  expectations: Expectations,
): ReadonlyMap<Kind | "kills", Account> {
  const byRoom = announcements(mailServer.mails);
  const kindOf = (invite: AcceptedInvite) =>
    ledger.kindOf(invite, byRoom.get(invite.room)?.[0]?.arrivedAt ?? Infinity) ?? "kills";
  const accounts = new Map<Kind | "kills", Account>();
  for (const [kind, invites] of Map.groupBy(homeserver.accepted, kindOf)) {
    const mails = invites.flatMap(({ room }) => byRoom.get(room) ?? []);
    accounts.set(kind, accountFor(invites, mails, expectations));
  }
  return accounts;
}
