/**
 * The database's files are lost while the service has them open.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { touches } from "../expectations.ts";
import type { Campaign } from "../fault.ts";
import { pause } from "../pause.ts";
import { choose } from "../seeded_random.ts";

interface Loss {
  /** What happens, as a shell command in the folder of the database. */
  readonly command: string;
  /** What an administrator does before the next start. */
  readonly restore: string;
  /** Whether an old copy takes the database's place for good. */
  readonly isOld?: boolean;
}

// The file itself is still there under the other name, as a snapshot of the file system would be.
const KEPT = "rm -f outbox.db*; mv kept/outbox.db outbox.db";

const LOSSES: Readonly<Record<string, Loss>> = {
  "renamed": { command: "mv outbox.db kept/outbox.db", restore: KEPT },
  "renamed over": {
    command: "ln outbox.db kept/outbox.db; cp kept/backup.db new.db; mv new.db outbox.db",
    restore: KEPT,
  },
  "replaced": {
    command: "ln outbox.db kept/outbox.db; rm outbox.db; cp kept/backup.db outbox.db",
    restore: KEPT,
  },
  "deleted": { command: "ln outbox.db kept/outbox.db; rm outbox.db", restore: KEPT },
  "all deleted": { command: "ln outbox.db kept/outbox.db; rm outbox.db*", restore: KEPT },
  "-wal deleted": { command: "rm outbox.db-wal", restore: ":" },
  "-shm deleted": { command: "rm outbox.db-shm", restore: ":" },
  "-owner deleted": { command: "rm outbox.db-owner", restore: ":" },
  "overwritten": {
    command: "cp kept/backup.db outbox.db",
    restore: "rm -f outbox.db-wal outbox.db-shm; cp kept/backup.db outbox.db",
    isOld: true,
  },
};
const SECOND_MS = 1_000;
const MAX_RUN_MS = 1_500;
const NOTED_MS = 500;
const EXIT_CODE = 4;

/** Makes a backup, lets the service work on, loses the files, and restores them when it has ended. */
export async function loseFiles(campaign: Campaign): Promise<string> {
  const { folder, homeserver, ledger, mailServer, random, service } = campaign;
  const [what, { command, restore, isOld = false }] = choose(random, Object.entries(LOSSES));
  const data = `${folder}/data`;
  await service.stop();
  const backedUpAt = Date.now();
  await shell("rm -rf kept; mkdir kept; cp outbox.db kept/backup.db", data);
  await service.start();
  await pause(MAX_RUN_MS);
  // The database itself is changed, not only its journal, as it is after a while.
  checkpoint(`${data}/outbox.db`);
  // The service notes it with its next commit.
  await pause(NOTED_MS + random() * MAX_RUN_MS);

  const from = Date.now();
  await shell(command, data);
  const lostAt = Date.now();
  const code = await service.ended();
  const { lastAskedAt } = homeserver;
  assert(lastAskedAt <= lostAt + SECOND_MS, `acknowledged ${lastAskedAt - lostAt} ms afterwards`);
  assert.equal(code, EXIT_CODE, service.tail());
  assert.equal(service.logged("cannot continue").length, 1, service.tail());
  // What was stored within a second is in the file that is gone.
  const lost = { from: isOld ? backedUpAt : from, to: lostAt + SECOND_MS };
  ledger.mayBeLost.push(lost);
  ledger.missing +=
    homeserver.accepted.filter((invite) =>
      touches([lost], invite) && !mailServer.rooms.has(invite.room)
    ).length;
  if (isOld) {
    ledger.mayBeDoubled.push(lost);
    ledger.copies += mailServer.mails.filter(({ arrivedAt }) => arrivedAt >= backedUpAt).length;
  }
  ledger.dies(mailServer.waiting);
  await shell(`${restore}; rm -rf kept`, data);
  await service.start();
  return what;
}

async function shell(command: string, cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("sh", { args: ["-ec", command], cwd })
    .output();
  assert(success, new TextDecoder().decode(stderr));
}

// Writes what is in the journal into the database, as an administrator's program does.
function checkpoint(file: string): void {
  using database = new DatabaseSync(file, { timeout: 10_000 });
  database.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
}
