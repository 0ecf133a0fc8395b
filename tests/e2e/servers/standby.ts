/**
 * A standby of a real PostgreSQL, without which that confirms no commit.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../process/free_port.ts";
import { installed } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";
import { giveTo, runTool } from "./daemon.ts";
import type { Postgresql } from "./postgresql.ts";

const USER = "postgres";
const CHECK_MS = 50;
const MAX_CHECKS = 200;

/** A standby that follows its primary. */
export interface Standby extends AsyncDisposable {
  /** Its port on localhost. */
  readonly port: number;
  /** Makes it the primary; resolves when it can be written. */
  promote(): Promise<void>;
}

/** Copies the primary, follows it, and has it wait for that with each commit. */
export async function startStandby(primary: Postgresql): Promise<Standby> {
  const bin = `${await installed("/usr/lib/postgresql/15")}/bin`;
  const folder = await tempFolder();
  const port = freePort();
  const home = `${folder.path}/standby`;
  const data = `${home}/data`;
  const { user, password } = primary.superuser;
  const tool = (...command: [string, ...string[]]) =>
    runTool(["env", `PGPASSWORD=${password}`, ...command], { user: USER, cwd: home });
  const control = (...args: string[]) => tool(`${bin}/pg_ctl`, "-D", data, "-w", ...args);
  try {
    await Deno.chmod(folder.path, 0o711);
    await Deno.mkdir(home);
    await giveTo(USER, home);
    await tool(
      `${bin}/pg_basebackup`,
      ...["-D", data, "-h", "127.0.0.1", "-p", String(primary.port), "-U", user],
      ...["--write-recovery-conf", "--checkpoint=fast", "--no-sync"],
    );
    const options = `-p ${port} -c listen_addresses=localhost -c unix_socket_directories=''`;
    await control("-l", `${home}/log`, "-o", options, "start");
    await primary.run(
      "postgres",
      "ALTER SYSTEM SET synchronous_standby_names = '*'",
      "SELECT pg_reload_conf()",
    );
    await following(primary);
  } catch (error) {
    await control("-m", "immediate", "stop").catch(() => {});
    await folder[Symbol.asyncDispose]();
    throw error;
  }
  return {
    port,
    promote: async () => void await control("promote"),
    async [Symbol.asyncDispose]() {
      await control("-m", "immediate", "stop");
      await folder[Symbol.asyncDispose]();
    },
  };
}

// Until then the primary may confirm commits by itself.
async function following(primary: Postgresql): Promise<void> {
  for (let check = 0; check < MAX_CHECKS; check++) {
    try {
      return await primary.run(
        "postgres",
        `DO $$ BEGIN ASSERT EXISTS (
           SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming');
         END $$`,
      );
    } catch {
      await pause(CHECK_MS);
    }
  }
  throw new Error("the standby does not follow");
}
