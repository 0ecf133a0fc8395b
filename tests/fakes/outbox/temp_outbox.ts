import { DatabaseSync } from "node:sqlite";
import { stopHash } from "../../../src/notify/stop_hash.ts";
import type { Gathering } from "../../../src/outbox/gather.ts";
import type { Outbox } from "../../../src/outbox/port.ts";
import { openSqliteOutbox } from "../../../src/outbox/sqlite/outbox.ts";
import { DAY } from "../../../src/settings/duration.ts";
import type { Clock } from "../../../src/system/clock.ts";
import { makeMemoryFolderSync } from "../system/memory_folder.ts";
import { writeEmptyOutbox } from "./empty_outbox.ts";

/** A real outbox in a folder that is removed with it. */
export interface TempOutbox extends AsyncDisposable {
  /** The outbox as it is open now. */
  outbox: Outbox;
  readonly file: string;
  /** Closes it and opens it again, as a restart of the program does. */
  reopen(): Promise<Outbox>;
}

/**
 * Opens an outbox: a new one, or one that an SQL script makes.
 *
 * @param gathering How invitations share mails; each has its own by default.
 */
export function tempOutbox(clock: Clock, script?: string, gathering?: Gathering): TempOutbox {
  const folder = makeMemoryFolderSync();
  const file = `${folder}/outbox.db`;
  if (script === undefined) {
    writeEmptyOutbox(file);
  } else {
    using database = new DatabaseSync(file);
    database.exec(script);
  }
  function open(): Outbox {
    const domain = "example.org";
    return openSqliteOutbox({ file, clock, domain, maxAge: DAY, stopHash, gathering });
  }
  return {
    outbox: open(),
    file,
    async reopen() {
      await this.outbox[Symbol.asyncDispose]();
      return this.outbox = open();
    },
    async [Symbol.asyncDispose]() {
      await this.outbox[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
