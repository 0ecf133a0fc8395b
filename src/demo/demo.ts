/**
 * Runs the demonstration: the real service between a simulated homeserver and a mail server that keeps
 * everything, on the loopback interface and in a temporary folder.
 *
 * @module
 */

import { openApp } from "../app/app.ts";
import { machinePlatform } from "../app/platform.ts";
import { makeTemporaryFolder } from "../app/temporary_folder.ts";
import type { Settings } from "../config/sections/settings.ts";
import { openPreview } from "../preview/preview.ts";
import { sampleSettings } from "../preview/sample_settings.ts";
import { templatePaths } from "../preview/template_paths.ts";
import { MINUTE } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { printable } from "../text/printable.ts";
import { DELAY, demoSettings, DOMAIN } from "./configuration.ts";
import { openDirectFetch } from "./direct_fetch.ts";
import { type DemoHomeserver, type DemoInvite, startDemoHomeserver } from "./homeserver.ts";
import { type CaughtMail, type MailCatcher, startMailCatcher } from "./mail_catcher.ts";
import { createPage } from "./page.ts";
import { createPreviewPage } from "./preview_page.ts";
import { watchTemplates } from "./template_changes.ts";

const ALICE = `@alice:${DOMAIN}`;
const BOB = `@bob:${DOMAIN}`;
const MAIL_TIMEOUT_MS = MINUTE;

/** The options of the demonstration. */
export interface DemoOptions {
  /** Prints a step, in one or more lines. */
  readonly print: (text: string) => void;
  /** Whether it keeps running, with a page, until the signal is aborted. */
  readonly keep: boolean;
  /** The page's port; if it is 0 or in use, any free port is taken. */
  readonly pagePort: number;
  /** The settings of the page of samples; the built-in ones by default. */
  readonly preview?: Settings | undefined;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Shows an invitation from the homeserver to the mail. When it resolves, only the mails are left.
 *
 * @throws {Error} When no mail arrives.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { print, signal } = options;
  const start = performance.now();
  const folder = await makeTemporaryFolder("appservice-mxisd-demo-");
  await using stack = new AsyncDisposableStack();
  stack.defer(() => keepMailsOnly(folder));
  const hsToken = crypto.randomUUID();
  const catcher = stack.use(await startMailCatcher(folder));
  const homeserver = stack.use(startDemoHomeserver(hsToken));
  const settings = await demoSettings(folder, { hsToken, catcher, homeserver });
  const { fetch } = stack.use(openDirectFetch(homeserver.port));
  const platform = { ...stack.use(machinePlatform(settings)), fetch };
  const app = stack.use(await openApp(settings, ["memory"], platform));
  homeserver.register(app.address.port);
  // Not the signal itself: the service stops last.
  const stop = new AbortController();
  const running = app.run(stop.signal);
  stack.defer(() => {
    stop.abort();
    return running;
  });
  const stage: Stage = { ...options, homeserver, catcher, clock: platform.clock };
  print(
    `The service listens on http://127.0.0.1:${app.address.port}, its database is in ${folder}.`,
  );
  print("Its identity store knows two people: Alice Adams and Bob Brown (bob.brown@corp.example).");
  const shown = await showInvite(firstInvite, stage);
  if (signal.aborted) return;
  if (!shown) throw new Error("The demonstration's email did not arrive");
  if (options.keep) await showPage(stage);
  else print(`Done in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
}

const firstInvite: DemoInvite = {
  inviter: ALICE,
  inviterName: "alice",
  invitee: BOB,
  room: "Plans for 2027",
  reason: "Kick-off is on Monday",
};

interface Stage extends DemoOptions {
  readonly homeserver: DemoHomeserver;
  readonly catcher: MailCatcher;
  readonly clock: Clock;
}

// Returns whether a mail arrived.
async function showInvite(invite: DemoInvite, stage: Stage): Promise<boolean> {
  const { print, homeserver, catcher } = stage;
  const before = catcher.mails.length;
  print(
    `At the homeserver, ${printable(invite.inviter)} invites ${invite.invitee}, ` +
      "who has never logged in.",
  );
  const statuses = await homeserver.invite(invite);
  print(`It asks whether the service provides that user: ${statuses.user}, it does not.`);
  print(`It pushes the invite: ${statuses.transaction}. The invite is in the database now.`);
  print(`The service waits ${DELAY}, so that people who are online can answer ...`);
  await waitForMail(before + 1, stage);
  const mails = catcher.mails.slice(before);
  for (const mail of mails) print(describeMail(mail));
  if (mails.length === 0 && !stage.signal.aborted) print("No email has arrived.");
  return mails.length > 0;
}

async function waitForMail(count: number, { catcher, signal, clock }: Stage): Promise<void> {
  const arrived = new AbortController();
  await Promise.race([
    catcher.waitFor(count),
    clock.sleep(MAIL_TIMEOUT_MS, AbortSignal.any([signal, arrived.signal])),
  ]);
  arrived.abort();
}

function describeMail({ recipient, email, file }: CaughtMail): string {
  const lines = (email.text ?? "").trimEnd().split("\n");
  return [
    `An email has arrived for ${printable(recipient)}:`,
    `    Subject: ${printable(email.subject ?? "")}`,
    ...lines.map((line) => `    | ${printable(line)}`.trimEnd()),
    `    It is kept in ${file}`,
  ].join("\n");
}

async function showPage(stage: Stage): Promise<void> {
  const { catcher, clock, signal, print } = stage;
  const settings = stage.preview ?? await sampleSettings();
  await using stack = new AsyncDisposableStack();
  const changes = watchTemplates(templatePaths(settings), clock);
  const page = createPage({
    preview: createPreviewPage({ open: () => openPreview(settings, clock.now()), changes }),
    mails: catcher.mails,
    people: [BOB, ALICE],
    domain: DOMAIN,
    invite: async (invite) => void await showInvite(invite, stage),
  });
  const server = stack.use(listen(stage.pagePort, page.fetch));
  // Open event streams would keep the server from closing.
  stack.use(changes);
  print(`See the emails and send more: http://127.0.0.1:${server.addr.port}/ (Ctrl+C ends it)`);
  if (!signal.aborted) await new Promise((ended) => signal.addEventListener("abort", ended));
}

function listen(port: number, handler: Deno.ServeHandler): Deno.HttpServer<Deno.NetAddr> {
  const options = { hostname: "127.0.0.1", onListen: () => {} };
  try {
    return Deno.serve({ ...options, port }, handler);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    return Deno.serve({ ...options, port: 0 }, handler);
  }
}

// The mails stay as long as the system keeps temporary files.
async function keepMailsOnly(folder: string): Promise<void> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  const others = names.filter((name) => !name.endsWith(".eml"));
  for (const name of others) await Deno.remove(`${folder}/${name}`);
  if (others.length === names.length) await Deno.remove(folder);
}
