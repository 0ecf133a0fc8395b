/**
 * Kills the program under load and causes faults between the kills, again and again, and accounts
 * for every invite.
 *
 * @module
 */

import { freePort } from "../process/free_port.ts";
import { runToEnd } from "../process/run_to_end.ts";
import { type Account, accountFor, announcements } from "./account.ts";
import { CampaignClock } from "./clock.ts";
import { campaignSettings, MAILS_AT_ONCE } from "./configuration.ts";
import { type Expectations, touches } from "./expectations.ts";
import type { Campaign } from "./fault.ts";
import { FAULTS, scheduleOf } from "./faults.ts";
import { CampaignHomeserver } from "./homeserver.ts";
import { IdentityService } from "./identity_service.ts";
import type { Kind } from "./kinds.ts";
import { type Happened, Ledger } from "./ledger.ts";
import { CampaignMailServer } from "./mail_server.ts";
import { pause } from "./pause.ts";
import { seededRandom } from "./seeded_random.ts";
import { CampaignService } from "./service.ts";
import type { AcceptedInvite } from "./traffic.ts";

/** How a campaign goes. */
export interface CampaignOptions {
  /** How often the program is killed, at least: some faults kill as well, and each kind happens. */
  readonly kills: number;
  /** What its random numbers depend on. */
  readonly seed: number;
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
}

// From the acknowledgement to the mail, while the service runs and no fault lasts: a failed attempt
// is repeated after 10, 20 and 40 seconds.
const LATE_AFTER_MS = 120_000;
// How much longer for each invite that waits before: ten mails a second, on a busy machine.
const PER_WAITING_MS = 100;
// When nothing arrives any more, what is missing is taken for lost.
const QUIET_MS = LATE_AFTER_MS;

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
  await settled(campaign);
  await service.stop();
  const expectations = { ...ledger, lateAfter: LATE_AFTER_MS, perWaiting: PER_WAITING_MS };
  return {
    kills: service.kills,
    faults: ledger.faults,
    total: accountFor(homeserver.accepted, mailServer.mails, expectations),
    byKind: accountsByKind(campaign, expectations),
    allowedCopies: ledger.copies,
  };
}

async function openCampaign(
  { seed, kinds, largeBody }: CampaignOptions,
  stack: AsyncDisposableStack,
): Promise<Campaign> {
  const folder = await Deno.makeTempDir({ prefix: "appservice-mxisd-campaign-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  stack.use(await makeDataFolder(`${folder}/data`));
  const ledger = new Ledger();
  const mailServer = stack.use(await CampaignMailServer.start());
  const identityService = stack.use(new IdentityService());
  const clock = await CampaignClock.create(folder, kinds.includes("clock"));
  const port = freePort();
  const ports = { service: port, mail: mailServer.port, identity: identityService.url };
  await Deno.writeTextFile(
    `${folder}/mxisd.yaml`,
    JSON.stringify(campaignSettings(folder, ports)),
    { mode: 0o600 },
  );
  const random = seededRandom(seed);
  const done = () => mailServer.rooms.size + ledger.missing;
  const homeserver = new CampaignHomeserver(port, seededRandom(seed + 1), done);
  const beforeKill = () => {
    ledger.copies += MAILS_AT_ONCE + mailServer.waiting;
  };
  const service = stack.use(
    new CampaignService({
      folder,
      env: clock.env,
      random,
      acknowledged: () => homeserver.accepted.length,
      beforeKill,
      wasDown: (since) => ledger.until(ledger.excused, since),
    }),
  );
  // It gives up before the service is killed for the last time.
  stack.use(homeserver);
  return {
    folder,
    random,
    service,
    homeserver,
    mailServer,
    identityService,
    clock,
    ledger,
    largeBody,
  };
}

// In memory where that is possible, so that commits do not wait for a disk that others use: kills
// lose nothing of it either.
async function makeDataFolder(path: string): Promise<AsyncDisposable> {
  await Deno.mkdir(path);
  const { code } = await runToEnd(["mount", "-t", "tmpfs", "none", path]);
  return {
    async [Symbol.asyncDispose]() {
      if (code === 0) await runToEnd(["umount", path]);
    },
  };
}

async function cause(kind: Kind, campaign: Campaign): Promise<string> {
  const from = Date.now();
  const { service: { kills }, ledger } = campaign;
  let variant: string;
  try {
    variant = await FAULTS[kind](campaign);
  } catch (cause) {
    const { homeserver: { accepted, waiting }, mailServer: { mails } } = campaign;
    const counts = `${accepted.length} invites, ${mails.length} mails, ${waiting} wait`;
    const log = campaign.service.child.tail();
    throw new Error(`fault ${kind} after ${kills} kills (${counts}): ${cause}\n${log}`, { cause });
  }
  ledger.faults.push({ kind, variant, from, to: Date.now() });
  return `${kind}: ${variant} (${Date.now() - from} ms)`;
}

// Waits until every room has been announced, or nothing has arrived for a while.
async function settled({ homeserver, ledger, mailServer }: Campaign): Promise<void> {
  const PAUSE_MS = 200;
  const expected = homeserver.accepted.filter((invite) =>
    !ledger.setAside.has(invite.room) && !touches(ledger.mayBeLost, invite)
  );
  let before = -1;
  for (let quiet = 0; quiet < QUIET_MS; quiet += PAUSE_MS) {
    if (expected.every(({ room }) => mailServer.rooms.has(room))) return;
    if (mailServer.mails.length !== before) quiet = 0;
    before = mailServer.mails.length;
    await pause(PAUSE_MS);
  }
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
