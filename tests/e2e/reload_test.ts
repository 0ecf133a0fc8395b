import assert from "node:assert/strict";
import { HS_TOKEN, makeWorkspace } from "../cli/workspace.ts";
import { startSmtpSink } from "../fakes/mail/smtp_sink.ts";
import { CA, LOCALHOST } from "../fakes/net/certificates.ts";
import { AUTHORITY, BY_AUTHORITY } from "../fakes/net/faulty_certificates.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { type LogEvent, logEvent, serve } from "../process/program.ts";

const SMTP = "threepid.medium.email.connectors.smtp";
const FROM = "threepid.medium.email.identity.from";
const HOMESERVERS = 3;
// Sent between two changes, at least.
const MAILS_BETWEEN = 20;
// Invites that were taken and not mailed yet.
const MAX_WAITING = 50;
const PATIENCE_MS = 60_000;

Deno.test("SIGHUP under load loses, refuses and doubles nothing, whatever has changed", async () => {
  await using first = await startSmtpSink({ tls: LOCALHOST, implicit: true });
  await using second = await startSmtpSink({ tls: BY_AUTHORITY, implicit: true });
  await using workspace = await makeWorkspace();
  const differences = {
    "server.reload": true,
    "tls.ca": "ca.pem",
    [`${SMTP}.host`]: "localhost",
    [`${SMTP}.port`]: first.port,
    // TLS from the start.
    [`${SMTP}.tls`]: 3,
    "notify.templates": "templates",
    "notify.digest.window": "off",
    "notify.limits.perAddress": "off",
    "notify.limits.perInviter": "off",
    "notify.limits.perRoom": "off",
  };
  await Deno.writeTextFile(workspace.path("ca.pem"), CA);
  await Deno.mkdir(workspace.path("templates"));
  const writeSubject = (text: string) =>
    Deno.writeTextFile(workspace.path("templates/subject.liquid"), text);
  await writeSubject("one {{ invitations[0].room.name }}");
  await workspace.configure(differences);
  await using service = await serve(workspace.folder);

  const stop = new AbortController();
  const statuses: number[] = [];
  const all = () => [...first.mails, ...second.mails];
  const pushing = Array.from({ length: HOMESERVERS }, async () => {
    while (!stop.signal.aborted) {
      statuses.push(await push(workspace.port, crypto.randomUUID()));
      await until(() => stop.signal.aborted || statuses.length - all().length < MAX_WAITING);
    }
  });
  async function sent(mails: readonly unknown[]): Promise<void> {
    const goal = mails.length + MAILS_BETWEEN;
    await until(() => mails.length >= goal);
  }
  const answers = () =>
    service.lines.items.map(logEvent)
      .filter((event) => /^configuration (?:not )?reloaded$/.test(event?.event ?? ""));
  async function hangUp(): Promise<LogEvent> {
    const count = answers().length;
    service.signal("SIGHUP");
    await until(() => answers().length > count);
    return answers()[count] as LogEvent;
  }
  try {
    await sent(first.mails);

    await workspace.configure({ ...differences, [FROM]: "chat@example.org" });
    assert.equal((await hangUp()).event, "configuration reloaded", service.tail());
    await until(() => first.mails.some(({ email }) => email.from?.address === "chat@example.org"));

    await workspace.configure({
      ...differences,
      [FROM]: "wrong@example.org",
      "notify.delay": "soon",
    });
    const refused = await hangUp();
    assert.equal(refused.event, "configuration not reloaded");
    assert.equal(refused.key, "notify.delay");
    await sent(first.mails);
    await workspace.configure({ ...differences, [FROM]: "chat@example.org" });

    await writeSubject("two {{ invitations[0].rom.name }}");
    assert.match(String((await hangUp()).reason), /subject\.liquid.*rom/);
    await sent(first.mails);
    await writeSubject("two {{ invitations[0].room.name }}");
    assert.equal((await hangUp()).event, "configuration reloaded", service.tail());
    await until(() => first.mails.some(({ email }) => email.subject?.startsWith("two ")));

    await Deno.writeTextFile(workspace.path("ca.pem"), AUTHORITY);
    await workspace.configure({
      ...differences,
      [FROM]: "chat@example.org",
      [`${SMTP}.port`]: second.port,
    });
    assert.equal((await hangUp()).event, "configuration reloaded", service.tail());
    await sent(second.mails);
  } finally {
    stop.abort();
    await Promise.all(pushing);
  }
  const expected = statuses.length;
  assert.deepEqual(statuses.filter((status) => status !== 200), []);
  await until(() => all().length >= expected);
  assert.equal((await service.stop()).code, 0, service.tail());
  assert.equal(all().length, expected);
  const ids = new Set(all().map(({ email }) => email.messageId));
  const rooms = new Set(all().map(({ email }) => email.subject?.split(" ").at(-1)));
  assert.deepEqual([ids.size, rooms.size], [expected, expected]);
  assert.ok(!all().some(({ email }) => email.from?.address === "wrong@example.org"));
  assert.ok(all().every(({ secure }) => secure));
});

/** Waits until a condition holds. */
async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not after ${PATIENCE_MS} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function push(port: number, room: string): Promise<number> {
  const url = `http://127.0.0.1:${port}/_matrix/app/v1/transactions/${room}`;
  const event = inviteEvent({
    event_id: `$${room}`,
    room_id: `!${room}:example.org`,
    unsigned: {
      invite_room_state: [{
        type: "m.room.name",
        state_key: "",
        sender: "@alice:example.org",
        content: { name: room },
      }],
    },
  });
  const response = await fetch(url, {
    method: "PUT",
    headers: { authorization: `Bearer ${HS_TOKEN}` },
    body: JSON.stringify({ events: [event] }),
  });
  await response.body?.cancel();
  return response.status;
}
