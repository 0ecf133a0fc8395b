/**
 * The demonstration: the real service between a simulated homeserver and a mail server that keeps
 * everything, on the loopback interface, in a temporary folder, with nothing set up.
 *
 * @module
 */

import { openApp } from "../app/app.ts";
import { machinePlatform } from "../app/platform.ts";
import { loadSettings } from "../config/load.ts";
import type { Settings } from "../config/sections/settings.ts";
import { machineEnvironment } from "../config/source/environment.ts";
import { openPreview } from "../preview/preview.ts";
import { sampleSettings } from "../preview/sample_settings.ts";
import { templatePaths } from "../preview/template_paths.ts";
import { MINUTE } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { printable } from "../text/printable.ts";
import { type DemoHomeserver, type DemoInvite, startDemoHomeserver } from "./homeserver.ts";
import { type CaughtMail, type MailCatcher, startMailCatcher } from "./mail_catcher.ts";
import { createPage } from "./page.ts";
import { createPreviewPage } from "./preview_page.ts";
import { watchTemplates } from "./template_changes.ts";

const DOMAIN = "example.org";
const ALICE = `@alice:${DOMAIN}`;
const BOB = `@bob:${DOMAIN}`;
// Long enough to be seen, short enough not to bore.
const DELAY = "1s";
// How long to wait for a mail: what is broken should not look busy.
const PATIENCE = MINUTE;

/** What the demonstration is given. */
export interface DemoOptions {
  /** Takes each step, in lines of text. */
  readonly tell: (text: string) => void;
  /** Whether it stays, with a page, until the signal is aborted. */
  readonly keep: boolean;
  /** Where the page listens, if the port is free; else, and with 0, it takes any that is. */
  readonly pagePort: number;
  /** What the page of samples is made with; the built-in mails by default. */
  readonly preview?: Settings;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Shows the whole way of an invitation. Resolves when it is over; then nothing is left of it but the
 * mails.
 *
 * @throws {Error} When no mail comes.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { tell, signal } = options;
  const start = performance.now();
  const folder = await Deno.makeTempDir({ prefix: "appservice-mxisd-demo-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => keepMailsOnly(folder));
  const hsToken = crypto.randomUUID();
  const catcher = stack.use(await startMailCatcher(folder));
  const homeserver = stack.use(startDemoHomeserver(hsToken));
  const settings = await demoSettings(folder, { hsToken, catcher, homeserver });
  const platform = stack.use(machinePlatform(settings));
  const app = stack.use(await openApp(settings, ["memory"], platform));
  homeserver.register(`http://127.0.0.1:${app.address.port}`);
  // Not the signal itself: the service stops last.
  const stop = new AbortController();
  const running = app.run(stop.signal);
  stack.defer(() => {
    stop.abort();
    return running;
  });
  const stage: Stage = { ...options, homeserver, catcher, clock: platform.clock };
  tell(
    `The service listens on http://127.0.0.1:${app.address.port}, its database is in ${folder}.`,
  );
  tell("Its identity store knows two people: Alice Adams and Bob Brown (bob.brown@corp.example).");
  const shown = await showInvite(firstInvite, stage);
  if (signal.aborted) return;
  if (!shown) throw new Error("The demonstration's mail did not come");
  if (options.keep) await showPage(stage);
  else tell(`That was the whole way, in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
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

// Returns whether a mail came.
async function showInvite(invite: DemoInvite, stage: Stage): Promise<boolean> {
  const { tell, homeserver, catcher } = stage;
  const before = catcher.mails.length;
  tell(
    `At the homeserver, ${printable(invite.inviter)} invites ${invite.invitee}, ` +
      "who has never logged in.",
  );
  const answers = await homeserver.invite(invite);
  tell(`It asks whether the service provides that user: ${answers.user}, it does not.`);
  tell(`It pushes the invite: ${answers.transaction}. It is in the database now.`);
  tell(`The service waits ${DELAY}, so that people who are online can answer ...`);
  await waitForMail(before + 1, stage);
  const mails = catcher.mails.slice(before);
  for (const mail of mails) tell(describeMail(mail));
  if (mails.length === 0 && !stage.signal.aborted) tell("No mail has come.");
  return mails.length > 0;
}

async function waitForMail(count: number, { catcher, signal, clock }: Stage): Promise<void> {
  const arrived = new AbortController();
  await Promise.race([
    catcher.waitFor(count),
    clock.sleep(PATIENCE, AbortSignal.any([signal, arrived.signal])),
  ]);
  arrived.abort();
}

function describeMail({ recipient, email, file }: CaughtMail): string {
  const lines = (email.text ?? "").trimEnd().split("\n");
  return [
    `A mail has arrived for ${printable(recipient)}:`,
    `    Subject: ${printable(email.subject ?? "")}`,
    ...lines.map((line) => `    | ${printable(line)}`.trimEnd()),
    `    It is kept in ${file}`,
  ].join("\n");
}

async function showPage(stage: Stage): Promise<void> {
  const { catcher, clock, signal, tell } = stage;
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
  // Those who wait for a change would keep the server from closing.
  stack.use(changes);
  tell(`See the mails and send more: http://127.0.0.1:${server.addr.port}/ (Ctrl+C ends it)`);
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

// The mails are there to be looked at, as long as the system keeps temporary files.
async function keepMailsOnly(folder: string): Promise<void> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  const others = names.filter((name) => !name.endsWith(".eml"));
  for (const name of others) await Deno.remove(`${folder}/${name}`);
  if (others.length === names.length) await Deno.remove(folder);
}

async function demoSettings(
  folder: string,
  { hsToken, catcher, homeserver }: {
    readonly hsToken: string;
    readonly catcher: MailCatcher;
    readonly homeserver: DemoHomeserver;
  },
) {
  const file = `${folder}/mxisd.yaml`;
  await Deno.writeTextFile(
    file,
    `# The demonstration's configuration.
matrix:
  domain: ${DOMAIN}
appsvc:
  endpoint:
    toHS: { url: "${homeserver.url}", token: ${crypto.randomUUID()} }
    toAS: { url: "http://127.0.0.1:8090", token: ${hsToken} }
server:
  host: 127.0.0.1
  port: 8090
memory:
  enabled: true
  identities:
    - username: alice
      displayName: Alice Adams
      threepids: [{ medium: email, address: alice.adams@corp.example }]
    - username: bob
      displayName: Bob Brown
      threepids: [{ medium: email, address: bob.brown@corp.example }]
threepid:
  medium:
    email:
      identity: { from: matrix@corp.example, name: Matrix at Corp }
      connectors:
        smtp: { host: 127.0.0.1, port: ${catcher.port}, tls: 0 }
notify:
  delay: ${DELAY}
  limits: { perAddress: "off", perInviter: "off" }
`,
    { mode: 0o600 },
  );
  const loaded = await loadSettings(file, machineEnvironment());
  if (loaded.kind === "refused") {
    throw new Error("The demonstration's configuration is wrong", { cause: loaded.problems });
  }
  // Any free port: the usual one may be taken.
  const { settings } = loaded;
  return { ...settings, server: { ...settings.server, port: 0 } };
}
