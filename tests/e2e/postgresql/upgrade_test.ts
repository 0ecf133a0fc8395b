import assert from "node:assert/strict";
import { logEvent, runCommand } from "../../process/program.ts";
import type { Child } from "../../process/child.ts";
import { Organisation } from "../organisation.ts";
import { startPostgresql } from "../servers/postgresql.ts";
import { makeNewerBuild } from "./newer_build.ts";
import { assertMailedOnce, pusher, settingsOn, startReplica } from "./replicas.ts";

const PEOPLE = Array.from({ length: 120 }, (_, index) => `person${index}`);
const AT_ONCE = 4;

function eventsOf(child: Child) {
  return child.lines.items.map(logEvent).filter((event) => event !== undefined);
}

async function isReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

Deno.test("a newer program migrates under load while older services run: each invite is mailed once", async () => {
  await using server = await startPostgresql({ fsync: true });
  await using organisation = await Organisation.create({
    delay: "1s",
    settings: () => settingsOn(server, "mxisd", PEOPLE),
  });
  const { layout, mailServer } = organisation;
  const newer = await makeNewerBuild(`${layout.folder}/newer`);
  await using one = await startReplica(organisation);
  await using other = await startReplica(organisation);
  const older = [one, other];
  const ports = older.map(({ port }) => port);
  const push = await pusher(organisation, () => ports);
  assert.ok(await isReady(one.monitoringPort));

  // The load goes on while all this happens; the last quarter waits until it has.
  const left = [...PEOPLE];
  const last = left.splice(-PEOPLE.length / 4);
  const load = Array.from({ length: AT_ONCE }, async () => {
    for (let person = left.shift(); person; person = left.shift()) await push(person);
  });
  await mailServer.mails.find(() => true, 60_000);
  const held = mailServer.holdReplies();
  const before = mailServer.mails.items.length;
  await mailServer.mails.find((mail) => mailServer.mails.items.indexOf(mail) >= before, 60_000);
  const starting = startReplica(organisation, newer);
  // The older ones see it, and finish what they hold.
  while (await isReady(one.monitoringPort) || await isReady(other.monitoringPort)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  held[Symbol.dispose]();
  await using replica = await starting;
  ports.splice(0, ports.length, replica.port);
  for (const { child } of older) {
    assert.equal((await child.ended).code, 4, child.tail());
    const [end] = eventsOf(child).filter(({ event }) => event === "cannot continue");
    assert.match(String(end?.reason), /^storage\.|newer program|has version 2/);
  }
  const told = eventsOf(replica.child).map(({ event }) => event);
  assert.ok(told.includes("waiting for services of an older program"), replica.child.tail());
  assert.ok(told.includes("tables migrated"), replica.child.tail());
  await Promise.all([...load, ...last.map(push)]);
  await assertMailedOnce(organisation, PEOPLE);

  // The older program does not start with the tables of the newer one.
  const again = await runCommand(one.folder, "serve", "-c", "mxisd.yaml");
  assert.equal(again.code, 4);
  assert.match(
    again.output + again.errors,
    /has version 2, but this program knows versions up to 1/,
  );
});
