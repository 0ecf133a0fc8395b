import { DatabaseSync } from "node:sqlite";
import { migrate } from "../../../src/outbox/sqlite/migrations.ts";
import { makeMemoryFolderSync } from "../system/memory_folder.ts";

/**
 * Writes the file of an outbox whose tables are made and in which no service has written yet. Making
 * them takes longer than most tests, so it is done once.
 */
export function writeEmptyOutbox(file: string): void {
  Deno.writeFileSync(file, EMPTY, { mode: 0o600, createNew: true });
}

// Now, so that tests that watch SQLite do not see it.
const EMPTY = makeEmptyOutbox();

function makeEmptyOutbox(): Uint8Array {
  const folder = makeMemoryFolderSync();
  const file = `${folder}/outbox.db`;
  {
    using database = new DatabaseSync(file);
    database.prepare("PRAGMA journal_mode = WAL").get();
    migrate(database, file);
  }
  const bytes = Deno.readFileSync(file);
  Deno.removeSync(folder, { recursive: true });
  return bytes;
}
