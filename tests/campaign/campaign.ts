/**
 * Kills the program under load, again and again, and accounts for every invite.
 *
 * @module
 */

import { startSmtpSink } from "../fakes/mail/smtp_sink.ts";
import type { Child } from "../process/child.ts";
import { freePort } from "../process/free_port.ts";
import { serve, startServing } from "../process/program.ts";
import { type Account, accountFor, type ArrivedMail } from "./account.ts";
import { campaignSettings } from "./configuration.ts";
import { CampaignHomeserver } from "./homeserver.ts";
import { seededRandom } from "./seeded_random.ts";

/** How a campaign goes. */
export interface CampaignOptions {
  /** How often the program is killed. */
  readonly kills: number;
  /** What its random numbers depend on. */
  readonly seed: number;
  /** Takes a line of progress. */
  readonly tell: (line: string) => void;
}

// From the acknowledgement to the mail, once nothing is killed any more.
const LATE_AFTER_MS = 120_000;
// How long the program runs before it is killed, at most.
const MAX_LIFE_MS = 1_500;

/** Runs a campaign and accounts for it. */
export async function runCampaign(options: CampaignOptions): Promise<Account> {
  const random = seededRandom(options.seed);
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "appservice-mxisd-campaign-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const sink = stack.use(await startSmtpSink());
  const port = freePort();
  const settings = campaignSettings(folder, port, sink.port);
  await Deno.writeTextFile(`${folder}/mxisd.yaml`, JSON.stringify(settings));

  const homeserver = new CampaignHomeserver(port, seededRandom(options.seed + 1));
  const pushing = homeserver.run();
  for (let kill = 1; kill <= options.kills; kill++) {
    const life = random() * MAX_LIFE_MS;
    // Every fourth one is killed while it starts.
    await using service = kill % 4 === 0 ? await startServing(folder) : await serve(folder);
    await new Promise((resolve) => setTimeout(resolve, life));
    await service.stop("SIGKILL");
    if (kill % 10 === 0) {
      options.tell(`${kill} kills, ${homeserver.accepted.length} invites acknowledged`);
    }
  }
  await using service: Child = await serve(folder);
  homeserver.stop();
  await pushing;
  await settled(() => arrived(sink.mails), homeserver);
  await service.stop("SIGTERM");
  return accountFor(homeserver.accepted, arrived(sink.mails), LATE_AFTER_MS);
}

// Waits until every room has been announced, or nothing has arrived for a while.
async function settled(
  mails: () => readonly ArrivedMail[],
  homeserver: CampaignHomeserver,
): Promise<void> {
  const QUIET_MS = 20_000;
  const PAUSE_MS = 200;
  let before = -1;
  for (let quiet = 0; quiet < QUIET_MS; quiet += PAUSE_MS) {
    const now = mails();
    const announced = new Set(now.flatMap(({ rooms }) => rooms));
    if (homeserver.accepted.every(({ room }) => announced.has(room))) return;
    if (now.length !== before) quiet = 0;
    before = now.length;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function arrived(
  mails: Awaited<ReturnType<typeof startSmtpSink>>["mails"],
): readonly ArrivedMail[] {
  return mails.map(({ email, to, at }) => ({
    messageId: email.messageId ?? "",
    address: to[0] ?? "",
    // The room's ID stands in the link, percent-encoded.
    rooms: [
      ...new Set([...(email.text ?? "").matchAll(/(?:!|%21)room\d+/gi)]
        .map(([match]) => `!${match.replace(/^(?:!|%21)/, "")}:example.org`)),
    ],
    arrivedAt: at,
  }));
}
