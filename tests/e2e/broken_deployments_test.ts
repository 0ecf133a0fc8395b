/**
 * Deployments with one fault each: the program tells it in one line that says where it is, what is
 * wrong and what to do, within five seconds of when it can be known. The lines are golden files.
 */

import assert from "node:assert/strict";
import { Child } from "../process/child.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { logEvent, programCommand, programEnvironment } from "../process/program.ts";
import { runToEnd } from "../process/run_to_end.ts";
import { assertGolden } from "../render/golden.ts";
import type { BrokenDeployment } from "./broken/deployment.ts";
import { DIRECTORY_FAULTS } from "./broken/directory.ts";
import { FILE_FAULTS } from "./broken/files.ts";
import { HOMESERVER_FAULTS } from "./broken/homeserver.ts";
import { MAIL_SERVER_FAULTS } from "./broken/mail_server.ts";
import { openSite, pushInvite, type Site } from "./broken/site.ts";

const MAX_TELLING_MS = 5_000;

const DEPLOYMENTS: readonly BrokenDeployment[] = [
  ...FILE_FAULTS,
  ...HOMESERVER_FAULTS,
  ...MAIL_SERVER_FAULTS,
  ...DIRECTORY_FAULTS,
];

// Without the capabilities that let root read and write the files of all users.
const UNPRIVILEGED = ["/usr/bin/setpriv", "--inh-caps=-all", "--bounding-set=-all"] as const;

for (const deployment of DEPLOYMENTS) {
  const { what, arrange } = deployment;
  Deno.test(`a broken deployment is told in one line: ${what}`, async () => {
    await using site = await openSite();
    const differences = await arrange(site);
    if (differences) await site.configure(differences);
    const told = await runBroken(site, deployment);
    const { milliseconds } = told;
    // Only then it matters what the program takes to load on this machine at this time.
    const maxMs = milliseconds < MAX_TELLING_MS
      ? MAX_TELLING_MS
      : MAX_TELLING_MS + 3 * await checkTime(site, deployment);
    const name = what.replaceAll(/\W+/g, "_").toLowerCase();
    await assertGoldenLine(name, `${site.normalise(told.line)}\n`);
    assert.ok(milliseconds < maxMs, `${milliseconds} ms, more than ${maxMs} ms`);
  });
}

// An executable may have a runtime before 2.9, which says less about certificates.
async function assertGoldenLine(name: string, line: string): Promise<void> {
  const golden = `broken_deployments/${name}.txt`;
  const isUsual = Deno.env.get("E2E_EXECUTABLE") === undefined ||
    line === await Deno.readTextFile(new URL(`../golden/${golden}`, import.meta.url));
  if (isUsual) return await assertGolden(golden, line);
  const steady = line.replace(/from 127\.0\.0\.1:\d+/, "from 127.0.0.1:CLIENT_PORT")
    .replace(/verification time \d+/, "verification time N").replace(/\d+ seconds ago/, "N s ago");
  await assertGolden(`broken_deployments/runtime_2.6/${name}.txt`, steady);
}

interface Told {
  /** The line that tells the fault. */
  readonly line: string;
  /** How long it took, from when the fault could be known. */
  readonly milliseconds: number;
}

/** The command line that the program is started with, up to its command. */
async function commandFor(
  { unprivileged = false }: BrokenDeployment,
): Promise<readonly [string, ...string[]]> {
  const program = await programCommand();
  return unprivileged ? [...UNPRIVILEGED, ...program] : program;
}

/** What the program takes to load and to read the configuration, in milliseconds. */
async function checkTime({ folder }: Site, deployment: BrokenDeployment): Promise<number> {
  const command = [...await commandFor(deployment), "config", "check", "-c", "mxisd.yaml"] as const;
  return await timeOf(() => runToEnd(command, { env: programEnvironment(), cwd: folder }));
}

async function runBroken(site: Site, deployment: BrokenDeployment): Promise<Told> {
  const { known, event } = deployment;
  const command = await commandFor(deployment);
  const open = () =>
    new Child({
      name: `the program (${deployment.what})`,
      command: [...command, "serve", "-c", "mxisd.yaml"],
      cwd: site.folder,
      env: programEnvironment(),
    });
  if (known === "before the start") {
    await using child = open();
    const milliseconds = await timeOf(() => child.ended);
    assert.ok([3, 4].includes((await child.ended).code), child.tail());
    const lines = child.lines.items.flatMap((line) => importantLine(line) ?? []);
    assert.equal(lines.length, 1, lines.join("\n"));
    return { line: lines.join("\n"), milliseconds };
  }
  await using child = open();
  const happens = (event: string) => child.line((line) => logEvent(line)?.event === event);
  await happens("listening");
  const since = performance.now();
  if (known === "at an invite") await pushInvite(site, [inviteEvent()]);
  const line = await happens(event ?? "");
  const milliseconds = performance.now() - since;
  await child.stop();
  return { line: readable(line), milliseconds };
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

// `undefined` for what needs no administrator.
function importantLine(line: string): string | undefined {
  const isNotice = logEvent(line)?.level === "info" || /^\S+:\d+:\d+: notice: /.test(line);
  return isNotice ? undefined : readable(line);
}

// As on a terminal, without what differs from run to run.
function readable(line: string): string {
  const logged = logEvent(line);
  if (logged === undefined) return line;
  const { time: _, level, part, event, ...data } = logged;
  const facts = Object.entries(data).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  return `${level} ${part}: ${event}${facts.join("")}`;
}
