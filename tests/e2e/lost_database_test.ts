import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { LOSSES } from "../outbox/sqlite/losses.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { logEvent, runCommand } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import type { Layout } from "./settings.ts";

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

async function makeBackup(organisation: Organisation): Promise<string> {
  const data = `${organisation.layout.folder}/data`;
  await organisation.startService();
  await organisation.stopService();
  await Deno.copyFile(`${data}/outbox.db`, `${data}/backup.db`);
  await organisation.startService();
  const events = Array.from(
    { length: 300 },
    (_, index) => inviteEvent({ room_id: `!more${index}:example.org` }),
  );
  await (await organisation.push("more", events)).body?.cancel();
  await organisation.stopService();
  return data;
}

for (const [what, command] of Object.entries(LOSSES)) {
  Deno.test(`the service ends once ${what}, and acknowledges nothing later than a second after`, async () => {
    await using organisation = await Organisation.create({ delay: "1h", settings: inFolder });
    const data = await makeBackup(organisation);
    await organisation.startService();
    assert.equal(await pushOne(organisation, 1), 200);
    const shell = new Deno.Command("sh", { args: ["-c", command], cwd: data });
    assert.equal((await shell.output()).success, true);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const status = await pushOne(organisation, 2);
    assert(status === 503 || status === "closed", `acknowledged with ${status}`);
    const { code } = await organisation.service.ended;
    assert.equal(code, 4);
    const errors = organisation.service.lines.items.map(logEvent)
      .filter((event) => event?.event === "cannot continue");
    assert.equal(errors.length, 1, organisation.service.tail());
  });
}

Deno.test("other programs that open the database and close it leave the service its files and locks", async () => {
  await using organisation = await Organisation.create({ delay: "1h", settings: inFolder });
  const { folder } = organisation.layout;
  await organisation.startService();
  assert.equal(await pushOne(organisation, 1), 200);
  for (let number = 2; number < 5; number++) {
    {
      using database = new DatabaseSync(`${folder}/data/outbox.db`, { timeout: 10_000 });
      database.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
    }
    const { code, errors } = await runCommand(folder, "suppressions", "list", "-c", "mxisd.yaml");
    assert.equal(code, 0, errors);
    assert.equal(await pushOne(organisation, number), 200);
  }
  const names = (await Array.fromAsync(Deno.readDir(`${folder}/data`))).map(({ name }) => name);
  assert(names.includes("outbox.db-wal") && names.includes("outbox.db-shm"), `${names}`);
  // It still owns the database.
  await Deno.utime(`${folder}/data/outbox.db-owner`, new Date(), new Date());
  const second = await runCommand(folder, "serve", "-c", "mxisd.yaml");
  assert.match(second.errors + second.output, /is in use by another running service/);
  await organisation.stopService();
});
