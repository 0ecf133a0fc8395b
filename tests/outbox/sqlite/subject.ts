/**
 * SQLite outboxes in folders of their own.
 *
 * @module
 */

import type { MasterSecret } from "../../../src/notify/derived_key.ts";
import { stopHash } from "../../../src/notify/stop_hash.ts";
import type { Gathering } from "../../../src/outbox/gather.ts";
import type { Outbox } from "../../../src/outbox/port.ts";
import { openSqliteOutbox } from "../../../src/outbox/sqlite/outbox.ts";
import { DAY } from "../../../src/settings/duration.ts";
import type { Clock } from "../../../src/system/clock.ts";
import type { Subject } from "../../contracts/outbox_samples.ts";
import { writeEmptyOutbox } from "../../fakes/outbox/empty_outbox.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { makeMemoryFolderSync } from "../../fakes/system/memory_folder.ts";

/** A folder that is removed in the end. */
export interface Folder extends Disposable {
  /** The path of a file in it. */
  path(name: string): string;
}

/** Makes a folder. */
export function temporaryFolder(): Folder {
  const folder = makeMemoryFolderSync();
  return {
    path: (name) => `${folder}/${name}`,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** Opens the file as the service does. */
export function openFile(
  file: string,
  clock: Clock = new ManualClock(),
  owner?: boolean,
  secret?: MasterSecret,
  gathering?: Gathering,
): Outbox {
  return openSqliteOutbox({
    file,
    clock,
    domain: "example.org",
    stopHash: (own) => stopHash(secret ?? own),
    maxAge: DAY,
    gathering,
    ...(owner === undefined ? {} : { owner }),
  });
}

/** Opens the file as the service does, with its clock. */
export function openSubject(file: string, gathering?: Gathering): Subject {
  const clock = new ManualClock();
  const outbox = openFile(file, clock, undefined, undefined, gathering);
  return { outbox, clock, [Symbol.asyncDispose]: () => outbox[Symbol.asyncDispose]() };
}

/** An outbox in a folder of its own. */
export function sqliteSubject(gathering?: Gathering): Promise<Subject> {
  const folder = temporaryFolder();
  const file = folder.path("outbox.db");
  writeEmptyOutbox(file);
  const subject = openSubject(file, gathering);
  return Promise.resolve({
    ...subject,
    async [Symbol.asyncDispose]() {
      await subject[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  });
}
