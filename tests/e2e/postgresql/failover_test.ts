import assert from "node:assert/strict";
import { openConnections } from "../../../src/outbox/postgresql/connection.ts";
import { SECOND } from "../../../src/settings/duration.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { Organisation } from "../organisation.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { startStandby } from "../servers/standby.ts";
import { addressOf as mailAddressOf } from "../settings.ts";
import { pusher, settingsOn } from "./replicas.ts";
import { addressOf } from "./subject.ts";

const INVITES = 60;
const AT_ONCE = 8;
const LEAST_MS = 60_000;

let primary: Postgresql;

Deno.test.beforeAll(async () => {
  primary = await startPostgresql({ fsync: true });
});
Deno.test.afterAll(async () => {
  await primary?.[Symbol.asyncDispose]();
});

Deno.test("a server that does not respond is waited for once, while another one can be written", async () => {
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = addressOf(primary, primary.port);
  const clock = new ManualClock();
  const connect = openConnections({
    address: {
      ...address,
      endpoints: [{ host: "127.0.0.1", port: silent.addr.port }, ...address.endpoints],
    },
    authorities: [],
    clock,
  });
  const { signal } = new AbortController();
  const opening = connect(signal);
  using _asked = await silent.accept();
  clock.advance(10 * SECOND);
  const first = await opening;
  const asked = silent.accept().then((socket) => socket.close(), () => {});
  const next = await Promise.race([connect(signal), asked]);
  assert.ok(next, "it is not asked again");
  assert.equal(next.endpoint.port, primary.port);
  await Promise.all([first.close(), next.close()]);
  silent.close();
  await asked;
});

Deno.test("a standby that takes over has every invite that got a 200, and mails each person", async () => {
  await using standby = await startStandby(primary);
  const people = Array.from({ length: INVITES }, (_, number) => `person${number}`);
  await using organisation = await Organisation.create({
    delay: "1s",
    settings: () => settingsOn(primary, "failover", people, [standby.port]),
  });
  await organisation.startService();
  const push = await pusher(organisation, () => [organisation.layout.servicePort]);
  const left = [...people];
  const half = Promise.withResolvers<void>();
  const pushing = Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let person = left.shift(); person; person = left.shift()) {
      await push(person);
      if (left.length < INVITES / 2) half.resolve();
    }
  }));
  await half.promise;
  await primary.kill();
  await standby.promote();
  await pushing;
  for (const person of people) await organisation.mailServer.first(mailAddressOf(person), LEAST_MS);
  const ids = new Map<string, string>();
  for (const { to: [to = ""], message } of organisation.mailServer.mails.items) {
    const id = ids.get(to) ?? message.messageId;
    assert.ok(id);
    assert.equal(message.messageId, id, "what is sent again has the same Message-ID");
    ids.set(to, id);
  }
  assert.equal(ids.size, INVITES);
});
