import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Child } from "../process/child.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { logEvent } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import type { CaughtMail } from "./servers/mail_catcher.ts";
import { connectionTo, FIRST_SUFFIX, type Slapd, startSlapd } from "./servers/slapd.ts";

// Events per transaction.
const BATCH = 25;
// So many mails show that the service takes the directory for well, and looks up several at once.
const ENOUGH_MAILS = 20;

interface Invitee {
  readonly id: string;
  readonly localpart: string;
  readonly displayName: string;
}

function invitees(count: number): readonly Invitee[] {
  return Array.from({ length: count }, (_, n) => {
    const localpart = `person${n}`;
    return { id: `@${localpart}:example.org`, localpart, displayName: `Zoë Müller-${n}` };
  });
}

function addressAt(domain: string, { localpart }: Invitee): string {
  return `${localpart}@${domain}`;
}

async function startDirectory(domain: string, invited: readonly Invitee[]): Promise<Slapd> {
  const people = invited.map((invitee) => ({
    cn: invitee.localpart,
    uid: invitee.localpart,
    displayName: invitee.displayName,
    mail: addressAt(domain, invitee),
  }));
  const alice = { cn: "alice", uid: "alice", displayName: "Alice Archer", mail: "alice@mail.org" };
  return await startSlapd({ domains: [{ suffix: FIRST_SUFFIX, people: [...people, alice] }] });
}

async function organisationOf(ldap: object): Promise<Organisation> {
  return await Organisation.create({
    settings: () => ({
      memory: { enabled: false },
      ldap,
      notify: { delay: "0", limits: { perInviter: "off", perRoom: "off" } },
    }),
  });
}

function directorySettings(slapd: Slapd): object {
  return { connection: connectionTo(slapd, false), attribute: { uid: { value: "uid" } } };
}

async function pushInvites(organisation: Organisation, invited: readonly Invitee[]): Promise<void> {
  for (let start = 0; start < invited.length; start += BATCH) {
    const events = invited.slice(start, start + BATCH).map(({ id, localpart }) =>
      inviteEvent({ state_key: id, event_id: `$${localpart}` })
    );
    await organisation.pushEvents(...events);
  }
}

/**
 * Pushes all invites, a share of them for each outage of the directory: the first half of a share
 * while the directory is up, the second half while it is paused. It is stopped with lookups in
 * flight, and started again once an invitation was deferred.
 */
async function inviteThroughOutages(
  organisation: Organisation,
  slapd: Slapd,
  invited: readonly Invitee[],
  signals: readonly ("SIGTERM" | "SIGKILL")[],
): Promise<void> {
  const { mailServer, service } = organisation;
  const share = Math.ceil(invited.length / signals.length);
  for (const [index, signal] of signals.entries()) {
    const invites = invited.slice(index * share, (index + 1) * share);
    const half = Math.ceil(invites.length / 2);
    const before = mailServer.mails.items.length;
    await pushInvites(organisation, invites.slice(0, half));
    await mailServer.mails.find(
      () => mailServer.mails.items.length >= before + ENOUGH_MAILS,
      60_000,
    );
    await slapd.stall();
    await pushInvites(organisation, invites.slice(half));
    await lookupInFlight(service, invites.at(-1)?.id ?? "");
    const known = new Set(service.lines.items);
    const stopped = slapd.down(signal);
    // A paused process handles no signal but SIGKILL.
    if (signal !== "SIGKILL") slapd.resume();
    await stopped;
    await service.line((line) => logEvent(line)?.event === "invite deferred" && !known.has(line));
    await slapd.up();
  }
}

/** Waits until the last invite was accepted and a lookup is running. */
async function lookupInFlight(service: Child, last: string): Promise<void> {
  const open = new Set<unknown>();
  let seen = false;
  await service.line((line) => {
    const event = logEvent(line);
    if (event?.event === "invite due") open.add(event.invitation);
    else if (event?.event === "invite seen") seen ||= event.invitee === last;
    else open.delete(event?.invitation);
    return seen && open.size > 0;
  });
}

function assertOnceEach(mails: readonly CaughtMail[], invited: readonly Invitee[], domain: string) {
  const here = mails.filter(({ to }) => to.every((address) => address.endsWith(`@${domain}`)));
  const received = here.map(({ to, message }) => [...to, message.to]);
  const expected = invited.map((invitee) => {
    const address = addressAt(domain, invitee);
    return [address, [{ name: invitee.displayName, address }]];
  });
  const byAddress = (one: unknown[], other: unknown[]) =>
    String(one[0]) < String(other[0]) ? -1 : 1;
  assert.deepEqual(received.toSorted(byAddress), expected.toSorted(byAddress));
}

/** The number of invitations and mails in each state, from the service's database. */
function statesOf(organisation: Organisation): Record<string, unknown> {
  using database = new DatabaseSync(`${organisation.layout.folder}/outbox.db`, { readOnly: true });
  const count = (table: string) =>
    database.prepare(`SELECT state, count(*) AS n FROM ${table} GROUP BY state`).all()
      .map(({ state, n }) => `${n} ${state}`);
  return { invitations: count("invitations"), mails: count("mails") };
}

function loggedEvents(service: Child, name: string) {
  return service.lines.items.flatMap((line) => {
    const event = logEvent(line);
    return event?.event === name ? event : [];
  });
}

async function assertDeliveredOnce(
  organisation: Organisation,
  invited: readonly Invitee[],
  domains: readonly string[],
): Promise<void> {
  const { mailServer: { mails }, service } = organisation;
  const expected = invited.length * domains.length;
  await mails.find(() => mails.items.length >= expected, 90_000);
  await organisation.stopService();
  // Nothing is left to send.
  assert.deepEqual(statesOf(organisation), {
    invitations: [`${invited.length} resolved`],
    mails: [`${expected} sent`],
  });
  assert.equal(mails.items.length, expected);
  for (const domain of domains) assertOnceEach(mails.items, invited, domain);
  assert.equal(new Set(mails.items.map(({ message }) => message.messageId)).size, expected);
  for (const event of ["invite failed", "invite skipped", "mail deferred", "work failed"]) {
    assert.deepEqual(loggedEvents(service, event), []);
  }
}

Deno.test("1,000 invites while the LDAP server is stopped and started five times are 1,000 mails", async () => {
  const invited = invitees(1000);
  await using slapd = await startDirectory("mail.org", invited);
  await using organisation = await organisationOf({ enabled: true, ...directorySettings(slapd) });
  await organisation.startService();
  const signals = ["SIGTERM", "SIGKILL", "SIGTERM", "SIGKILL", "SIGTERM"] as const;
  await inviteThroughOutages(organisation, slapd, invited, signals);
  await assertDeliveredOnce(organisation, invited, ["mail.org"]);
  const deferred = loggedEvents(organisation.service, "invite deferred");
  const { size } = new Set(deferred.map(({ invitation }) => invitation));
  // In each outage those that are being looked up; the others are not tried.
  assert.ok(size >= signals.length && size <= 20 * signals.length, `${size} were deferred`);
});

Deno.test("no invitee gets half of the mails while one of two directories is down", async () => {
  const invited = invitees(100);
  await using slapd = await startDirectory("mail.org", invited);
  await using other = await startDirectory("mail.net", invited);
  const directories = [directorySettings(slapd), directorySettings(other)];
  await using organisation = await organisationOf({ enabled: true, directories });
  await organisation.startService();
  await inviteThroughOutages(organisation, slapd, invited, ["SIGKILL", "SIGTERM"]);
  await assertDeliveredOnce(organisation, invited, ["mail.org", "mail.net"]);
});

Deno.test("all that waits for a directory that was down leaves at once when it is up again", async () => {
  const invited = invitees(200);
  await using slapd = await startDirectory("mail.org", invited);
  await using organisation = await organisationOf({ enabled: true, ...directorySettings(slapd) });
  await slapd.down("SIGTERM");
  await organisation.startService();
  await pushInvites(organisation, invited);
  await organisation.logged("outage began");
  await slapd.up();
  await assertDeliveredOnce(organisation, invited, ["mail.org"]);
  const times = organisation.mailServer.mails.items.map(({ at }) => at);
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  assert.ok(seconds < 30, `the last mail left ${seconds} s after the first one`);
  const deferred = loggedEvents(organisation.service, "invite deferred");
  assert.ok(deferred.length < 25, `${deferred.length} lookups failed`);
});
