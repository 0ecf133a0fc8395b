import assert from "node:assert/strict";
import { parse } from "yaml";
import type { Child } from "../../process/child.ts";
import { freePort } from "../../process/free_port.ts";
import { inviteEvent } from "../../process/invite_event.ts";
import { runCommand, serve } from "../../process/program.ts";
import { Organisation } from "../organisation.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { addressOf, DOMAIN } from "../settings.ts";

const PEOPLE = Array.from({ length: 40 }, (_, index) => `person${index}`);

function settings(server: Postgresql) {
  const { user, password } = server.superuser;
  const database = `//localhost:${server.port}/postgres?sslmode=disable`;
  return {
    storage: {
      backend: "postgresql",
      provider: { postgresql: { database, username: user, password } },
    },
    memory: {
      enabled: true,
      identities: [...PEOPLE, "zoe"].map((username) => ({
        username,
        threepids: [{ medium: "email", address: addressOf(username) }],
      })),
    },
  };
}

/** A second service with the same configuration, but a port of its own. */
async function startReplica({ layout }: Organisation): Promise<{ child: Child; port: number }> {
  const folder = `${layout.folder}/replica`;
  const port = freePort();
  await Deno.mkdir(folder);
  const configuration = JSON.parse(await Deno.readTextFile(`${layout.folder}/mxisd.yaml`));
  configuration.server.port = port;
  await Deno.writeTextFile(`${folder}/mxisd.yaml`, JSON.stringify(configuration), { mode: 0o600 });
  return { child: await serve(folder), port };
}

Deno.test("two services on one PostgreSQL mail each invite once, also when one is killed", async () => {
  await using server = await startPostgresql({ fsync: true });
  await using organisation = await Organisation.create({
    delay: "2s",
    settings: () => settings(server),
  });
  await organisation.startService();
  const replica = await startReplica(organisation);
  await using _child = replica.child;
  const { hs_token: token } = parse(await Deno.readTextFile(organisation.layout.registration));
  const ports = [organisation.layout.servicePort, replica.port];
  async function push(person: string, index: number): Promise<void> {
    const event = inviteEvent({
      room_id: `!${person}:${DOMAIN}`,
      state_key: `@${person}:${DOMAIN}`,
    });
    const url = `http://127.0.0.1:${ports[index % 2]}/_matrix/app/v1/transactions/${person}`;
    const response = await fetch(url, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ events: [event] }),
    });
    assert.deepEqual([response.status, await response.text()], [200, "{}"]);
  }
  const half = PEOPLE.length / 2;
  await Promise.all(PEOPLE.slice(0, half).map(push));
  for (const person of PEOPLE.slice(0, half)) await organisation.mailTo(person, 60_000);
  // Nothing of these is due when the one that accepted half of them is killed.
  await Promise.all(PEOPLE.slice(half).map(push));
  await organisation.killService();
  for (const person of PEOPLE.slice(half)) {
    await organisation.mailServer.first(addressOf(person), 60_000);
  }
  await push("zoe", 1);
  await organisation.mailServer.first(addressOf("zoe"), 60_000);
  for (const person of PEOPLE) {
    assert.equal(organisation.mailServer.to(addressOf(person)).length, 1, person);
  }
  // The commands work beside the services.
  const list = await runCommand(
    `${organisation.layout.folder}/replica`,
    "status",
    "-c",
    "mxisd.yaml",
  );
  assert.equal(list.code, 0, list.errors);
  const why = await runCommand(
    `${organisation.layout.folder}/replica`,
    ...["why", `@person0:${DOMAIN}`, "-c", "mxisd.yaml"],
  );
  assert.equal(why.code, 0, why.errors);
});
