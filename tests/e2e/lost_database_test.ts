import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { LOSSES } from "../outbox/sqlite/losses.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { logEvent, runCommand } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import type { Layout } from "./settings.ts";

// What the service may take to see the loss, and how often a push tries it out.
const MAX_SEEN_MS = 1_000;
const PUSH_PAUSE_MS = 100;

// Without the permission to read, as most configurations need no file.
function inFolder({ folder }: Layout) {
  Deno.mkdirSync(`${folder}/data`);
  return { storage: { provider: { sqlite: { database: `${folder}/data/outbox.db` } } } };
}

async function pushOne(organisation: Organisation, number: number): Promise<number | "closed"> {
  try {
    const event = inviteEvent({ room_id: `!${number}:example.org` });
    const response = await organisation.push(`${number}`, [event]);
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    if (error instanceof TypeError) return "closed";
    throw error;
  }
}

let organisation: Organisation;
/** The service's folder, with a database of 300 invitations, and a backup of it from before. */
let data: string;
let prepared: string;

Deno.test.beforeAll(async () => {
  organisation = await Organisation.create({ delay: "1h", settings: inFolder });
  data = `${organisation.layout.folder}/data`;
  await organisation.startService();
  await organisation.stopService();
  await Deno.copyFile(`${data}/outbox.db`, `${data}/backup.db`);
  await organisation.startService();
  const rooms = Array.from({ length: 300 }, (_, index) => `!more${index}:example.org`);
  await organisation.pushEvents(...rooms.map((room_id) => inviteEvent({ room_id })));
  await organisation.stopService();
  prepared = `${organisation.layout.folder}/prepared`;
  await Deno.rename(data, prepared);
});

Deno.test.afterAll(async () => await organisation[Symbol.asyncDispose]());

/** Starts the service with the files as they were prepared. */
async function startPrepared(): Promise<void> {
  await Deno.remove(data, { recursive: true }).catch(() => {});
  await Deno.mkdir(data);
  for await (const { name } of Deno.readDir(prepared)) {
    await Deno.copyFile(`${prepared}/${name}`, `${data}/${name}`);
  }
  await organisation.startService();
}

for (const [what, command] of Object.entries(LOSSES)) {
  Deno.test(`the service ends once ${what}, and acknowledges nothing later than a second after`, async () => {
    await startPrepared();
    const before = performance.now();
    assert.equal(await pushOne(organisation, 1), 200);
    // What the same takes on this machine at this time.
    const pushMs = performance.now() - before;
    const shell = new Deno.Command("sh", { args: ["-c", command], cwd: data });
    assert.equal((await shell.output()).success, true);
    const lost = performance.now();
    let acknowledged = 0;
    let status: number | "closed";
    for (let number = 2;; number++) {
      status = await pushOne(organisation, number);
      if (status !== 200) break;
      acknowledged = performance.now() - lost;
      await new Promise((resolve) => setTimeout(resolve, PUSH_PAUSE_MS));
      assert(acknowledged < 60_000, "pushes are still acknowledged");
    }
    assert(status === 503 || status === "closed", `acknowledged with ${status}`);
    assert(acknowledged < MAX_SEEN_MS + 10 * pushMs, `acknowledged after ${acknowledged} ms`);
    const { code } = await organisation.service.ended;
    assert.equal(code, 4);
    const errors = organisation.service.lines.items.map(logEvent)
      .filter((event) => event?.event === "cannot continue");
    assert.equal(errors.length, 1, organisation.service.tail());
  });
}

Deno.test("other programs that open the database and close it leave the service its files and locks", async () => {
  await startPrepared();
  const { folder } = organisation.layout;
  assert.equal(await pushOne(organisation, 1), 200);
  for (let number = 2; number < 5; number++) {
    {
      using database = new DatabaseSync(`${data}/outbox.db`, { timeout: 10_000 });
      database.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
    }
    const { code, errors } = await runCommand(folder, "suppressions", "list", "-c", "mxisd.yaml");
    assert.equal(code, 0, errors);
    assert.equal(await pushOne(organisation, number), 200);
  }
  const names = (await Array.fromAsync(Deno.readDir(data))).map(({ name }) => name);
  assert(names.includes("outbox.db-wal") && names.includes("outbox.db-shm"), `${names}`);
  // It still owns the database.
  await Deno.utime(`${data}/outbox.db-owner`, new Date(), new Date());
  const second = await runCommand(folder, "serve", "-c", "mxisd.yaml");
  assert.match(second.errors + second.output, /is in use by another running service/);
  await organisation.stopService();
});
