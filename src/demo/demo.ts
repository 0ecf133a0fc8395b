/**
 * The demonstration: the real service between a simulated homeserver and a mail server that keeps
 * everything, on the loopback interface, in a temporary folder, with nothing set up.
 *
 * @module
 */

import { openApp } from "../app.ts";
import { machineEnvironment } from "../config/environment.ts";
import { loadSettings } from "../config/load.ts";
import { printable } from "../domain/printable.ts";
import { machinePlatform } from "../parts.ts";
import { type DemoHomeserver, type DemoInvite, startDemoHomeserver } from "./homeserver.ts";
import { type MailCatcher, startMailCatcher } from "./mail_catcher.ts";
import { createPage } from "./page.ts";

const DOMAIN = "example.org";
const ALICE = `@alice:${DOMAIN}`;
const BOB = `@bob:${DOMAIN}`;
// Long enough to be seen, short enough not to bore.
const DELAY = "1s";

/** What the demonstration is given. */
export interface DemoOptions {
  /** Takes each step, in lines of text. */
  readonly tell: (text: string) => void;
  /** Whether it stays, with a page, until the signal is aborted. */
  readonly keep: boolean;
  /** Where the page listens; 0 is any free port. */
  readonly pagePort: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Shows the whole way of an invitation. Resolves when it is over. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { tell, signal } = options;
  const start = performance.now();
  const folder = await Deno.makeTempDir({ prefix: "appservice-mxisd-demo-" });
  const hsToken = crypto.randomUUID();
  await using catcher = await startMailCatcher(folder);
  await using homeserver = startDemoHomeserver(hsToken);
  const settings = await demoSettings(folder, { hsToken, catcher, homeserver });
  await using app = await openApp(settings, ["memory"], machinePlatform());
  homeserver.register(`http://127.0.0.1:${app.address.port}`);
  const stop = new AbortController();
  const stopped = app.run(AbortSignal.any([signal, stop.signal]));
  try {
    tell(
      `The service listens on http://127.0.0.1:${app.address.port}, its database is in ${folder}.`,
    );
    tell(
      "Its identity store knows two people: Alice Adams and Bob Brown (bob.brown@corp.example).",
    );
    await showInvite(firstInvite, { ...options, homeserver, catcher });
    if (options.keep) await showPage(options, homeserver, catcher);
    else tell(`That was the whole way, in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
  } finally {
    stop.abort();
    await stopped;
  }
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
}

async function showInvite(invite: DemoInvite, stage: Stage): Promise<void> {
  const { tell, homeserver, catcher, signal } = stage;
  const before = catcher.mails.length;
  tell(`At the homeserver, ${invite.inviter} invites ${invite.invitee}, who has never logged in.`);
  const answers = await homeserver.invite(invite);
  tell(`It asks whether the service provides that user: ${answers.user}, it does not.`);
  tell(`It pushes the invite: ${answers.transaction}. It is in the database now.`);
  tell(`The service waits ${DELAY}, so that people who are online can answer ...`);
  await untilAborted(catcher.waitFor(before + 1), signal);
  for (const mail of catcher.mails.slice(before)) {
    tell(`A mail has arrived for ${mail.recipient}:`);
    tell(`    Subject: ${printable(mail.email.subject ?? "")}`);
    const lines = (mail.email.text ?? "").trimEnd().split("\n");
    tell(lines.map((line) => `    | ${printable(line)}`).join("\n"));
    tell(`    It is kept in ${mail.file}`);
  }
}

async function showPage(
  options: DemoOptions,
  homeserver: DemoHomeserver,
  catcher: MailCatcher,
): Promise<void> {
  const quiet = { ...options, homeserver, catcher };
  const page = createPage({
    mails: catcher.mails,
    people: [BOB, ALICE],
    domain: DOMAIN,
    invite: (invite) => showInvite(invite, quiet),
  });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: options.pagePort, onListen: () => {} },
    page.fetch,
  );
  options.tell(
    `See the mails and send more: http://127.0.0.1:${server.addr.port}/ (Ctrl+C ends it)`,
  );
  const never = new Promise<void>(() => {});
  await untilAborted(never, options.signal);
  await server.shutdown();
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

function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value | void> {
  const aborted = Promise.withResolvers<void>();
  if (signal.aborted) aborted.resolve();
  signal.addEventListener("abort", () => aborted.resolve(), { once: true });
  return Promise.race([promise, aborted.promise]);
}
