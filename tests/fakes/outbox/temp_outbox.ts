import { stopHash } from "../../../src/notify/stop_hash.ts";
import type { Outbox } from "../../../src/outbox/port.ts";
import { openSqliteOutbox } from "../../../src/outbox/sqlite/outbox.ts";
import { DAY } from "../../../src/settings/duration.ts";
import type { Clock } from "../../../src/system/clock.ts";

/** A real outbox in a folder that goes with it. */
export interface TempOutbox extends AsyncDisposable {
  /** The outbox as it is open now. */
  outbox: Outbox;
  /** Its file. */
  readonly file: string;
  /** Closes it and opens it anew, as a restart of the program does. */
  reopen(): Promise<Outbox>;
}

/** Opens a new outbox; `maxAge` as the program has it. */
export function tempOutbox(clock: Clock, maxAge = DAY): TempOutbox {
  const folder = Deno.makeTempDirSync();
  const file = `${folder}/outbox.db`;
  function open(): Outbox {
    return openSqliteOutbox({
      file,
      clock,
      maxAge,
      stopHash,
    });
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
