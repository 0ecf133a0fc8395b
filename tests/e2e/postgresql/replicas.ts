/**
 * Services on one PostgreSQL, and invites that any of them may take.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parse } from "yaml";
import type { Child } from "../../process/child.ts";
import { freePort } from "../../process/free_port.ts";
import { inviteEvent } from "../../process/invite_event.ts";
import { programCommand, serveBuild } from "../../process/program.ts";
import type { Organisation } from "../organisation.ts";
import type { Postgresql } from "../servers/postgresql.ts";
import { addressOf, DOMAIN, type Layout } from "../settings.ts";

/**
 * The settings of services that share a schema of that server, with these people.
 *
 * @param standbys The ports of its standbys.
 */
export function settingsOn(
  server: Postgresql,
  schema: string,
  people: readonly string[],
  standbys: readonly number[] = [],
) {
  const { user, password } = server.superuser;
  const hosts = [server.port, ...standbys].map((port) => `localhost:${port}`);
  const database = `//${hosts.join(",")}/postgres?sslmode=disable`;
  return {
    storage: {
      backend: "postgresql",
      provider: { postgresql: { database, username: user, password, schema } },
    },
    memory: {
      enabled: true,
      identities: people.map((username) => ({
        username,
        threepids: [{ medium: "email", address: addressOf(username) }],
      })),
    },
  };
}

/** A service beside that of the organisation, with the same configuration but ports of its own. */
export interface Replica extends AsyncDisposable {
  readonly child: Child;
  readonly folder: string;
  readonly port: number;
  /** Where it tells whether it is ready. */
  readonly monitoringPort: number;
}

/**
 * Starts one.
 *
 * @param program The command line of its program, without a command.
 * @param env More variables of its environment.
 */
export async function startReplica(
  { layout }: { readonly layout: Layout },
  program?: readonly [string, ...string[]],
  env?: Readonly<Record<string, string>>,
): Promise<Replica> {
  const folder = await Deno.makeTempDir({ dir: layout.folder, prefix: "replica-" });
  const [port, monitoringPort] = [freePort(), freePort()];
  const configuration = JSON.parse(await Deno.readTextFile(`${layout.folder}/mxisd.yaml`));
  configuration.server = { ...configuration.server, port, metrics: { port: monitoringPort } };
  await Deno.writeTextFile(`${folder}/mxisd.yaml`, JSON.stringify(configuration), { mode: 0o600 });
  const child = await serveBuild(folder, program ?? await programCommand(), env);
  return {
    ...{ child, folder, port, monitoringPort },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** Sends a transaction with an invite of a person, until one of the services takes it. */
export type Push = (person: string) => Promise<void>;

/**
 * Makes the function that does so. Like a homeserver behind an address that several services share, it asks
 * them one after the other, and sends the same transaction again until there is a 200.
 *
 * @param ports The ports of the services that there are at a time.
 */
export async function pusher(
  { layout }: Pick<Organisation, "layout">,
  ports: () => readonly number[],
): Promise<Push> {
  const { hs_token: token } = parse(await Deno.readTextFile(layout.registration));
  let turn = 0;
  return async (person) => {
    const event = inviteEvent({
      room_id: `!${person}:${DOMAIN}`,
      // Of one inviter there is a limit.
      sender: `@inviter-of-${person}:${DOMAIN}`,
      state_key: `@${person}:${DOMAIN}`,
    });
    for (let tries = 0;; tries++) {
      const known = ports();
      const port = known[turn++ % known.length];
      const status = await put(
        `http://127.0.0.1:${port}/_matrix/app/v1/transactions/${person}`,
        token,
        { events: [event] },
      );
      if (status === 200) return;
      assert.ok(status === 503 || status === "closed", `${person}: status ${status}`);
      assert.ok(tries < MAX_TRIES, `${person} is not taken`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
}

const MAX_TRIES = 600;
const PAUSE_MS = 100;

async function put(url: string, token: string, body: unknown): Promise<number | "closed"> {
  try {
    const response = await fetch(url, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status === 200) assert.equal(text, "{}");
    return response.status;
  } catch (error) {
    if (error instanceof TypeError) return "closed";
    throw error;
  }
}

/** Checks that each of these people got exactly one mail. */
export async function assertMailedOnce(
  { mailServer }: Pick<Organisation, "mailServer">,
  people: readonly string[],
  within = 60_000,
): Promise<void> {
  for (const person of people) await mailServer.first(addressOf(person), within);
  const counts = new Map<string, number>();
  for (const { to } of mailServer.mails.items) {
    for (const address of to) counts.set(address, (counts.get(address) ?? 0) + 1);
  }
  const others = [...counts].filter(([, count]) => count !== 1);
  assert.deepEqual(others, []);
  assert.equal(counts.size, people.length);
}
