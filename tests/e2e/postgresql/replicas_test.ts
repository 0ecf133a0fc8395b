import assert from "node:assert/strict";
import { WebService } from "../../fakes/net/web_service.ts";
import { steadyClock } from "../../process/faked_clock.ts";
import { logEvent, runCommand } from "../../process/program.ts";
import { Organisation } from "../organisation.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { addressOf, DOMAIN } from "../settings.ts";
import { assertMailedOnce, pusher, settingsOn, startReplica } from "./replicas.ts";

const REPLICAS = Number(Deno.env.get("REPLICAS") ?? 2);
const INVITES = Number(Deno.env.get("REPLICA_INVITES") ?? 200);
const AT_ONCE = 16;
// Of each, on a busy machine.
const MAX_INVITE_MS = 200;
const LEAST_MS = 60_000;

let server: Postgresql;

Deno.test.beforeAll(async () => {
  server = await startPostgresql({ fsync: true });
});
Deno.test.afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

Deno.test("two services on one PostgreSQL mail each invite once, also when one is killed", async () => {
  const people = names("person", 40);
  await using organisation = await Organisation.create({
    delay: "2s",
    settings: () => settingsOn(server, "killed", [...people, "zoe"]),
  });
  await organisation.startService();
  await using replica = await startReplica(organisation);
  const ports = [organisation.layout.servicePort, replica.port];
  const push = await pusher(organisation, () => ports);
  const half = people.length / 2;
  await Promise.all(people.slice(0, half).map(push));
  for (const person of people.slice(0, half)) await organisation.mailTo(person, LEAST_MS);
  // Nothing of these is due when the one that accepted half of them is killed.
  await Promise.all(people.slice(half).map(push));
  await organisation.killService();
  ports.shift();
  for (const person of people.slice(half)) {
    await organisation.mailServer.first(addressOf(person), LEAST_MS);
  }
  await push("zoe");
  await assertMailedOnce(organisation, [...people, "zoe"]);
  // The commands work beside the services.
  for (const command of [["status"], ["why", `@person0:${DOMAIN}`]]) {
    const { code, errors } = await runCommand(replica.folder, ...command, "-c", "mxisd.yaml");
    assert.equal(code, 0, errors);
  }
});

Deno.test("services whose clocks are two days ahead and behind mail each invite once, and at once", async () => {
  const people = names("person", 20);
  await using organisation = await Organisation.create({
    delay: "1s",
    settings: () => settingsOn(server, "clocks", people),
  });
  await using ahead = await startReplica(organisation, undefined, steadyClock("+2d"));
  await using behind = await startReplica(organisation, undefined, steadyClock("-2d"));
  const push = await pusher(organisation, () => [ahead.port, behind.port]);
  await Promise.all(people.map(push));
  await assertMailedOnce(organisation, people);
  for (const { at, message: { date = "" } } of organisation.mailServer.mails.items) {
    assert.ok(Math.abs(at - Date.parse(date)) < LEAST_MS, `an email of ${date}`);
  }
});

Deno.test(`${REPLICAS} services on one PostgreSQL mail each of ${INVITES} invites once`, async () => {
  const people = names("person", INVITES);
  // A configuration has no place for so many.
  await using store = new WebService(({ body }) => {
    if (body === "") return new Response(null, { status: 405 });
    const { localpart } = JSON.parse(body) as { localpart: string };
    return Response.json({
      profile: { threepids: [{ medium: "email", address: addressOf(localpart) }] },
    });
  });
  const rest = {
    enabled: true,
    host: store.url,
    endpoints: { profile: { displayName: "", roles: "" } },
  };
  await using organisation = await Organisation.create({
    delay: "0s",
    settings: () => ({ ...settingsOn(server, "many", []), memory: undefined, rest }),
  });
  await using stack = new AsyncDisposableStack();
  const replicas = [];
  for (let n = 0; n < REPLICAS; n++) replicas.push(stack.use(await startReplica(organisation)));
  const ports = replicas.map(({ port }) => port);
  const push = await pusher(organisation, () => ports);
  const began = performance.now();
  const left = [...people];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let person = left.shift(); person; person = left.shift()) await push(person);
  }));
  const accepted = performance.now();
  await assertMailedOnce(organisation, people, LEAST_MS + INVITES * MAX_INVITE_MS);
  const mailed = performance.now();
  const sent = replicas.map(({ child }) =>
    child.lines.items.filter((line) => logEvent(line)?.event === "mail sent").length
  );
  assert.ok(sent.every((count) => count > 0), `the services share the work: ${sent}`);
  const told = `accepted in ${seconds(accepted - began)}, mailed in ${seconds(mailed - began)}`;
  await Deno.stdout.write(new TextEncoder().encode(`${told}, by ${sent}\n`));
});

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
