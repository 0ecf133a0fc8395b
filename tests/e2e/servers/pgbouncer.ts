/**
 * A real PgBouncer in front of a PostgreSQL, in transaction mode.
 *
 * @module
 */

import { freePort } from "../../process/free_port.ts";
import { installed } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";
import { giveTo } from "./daemon.ts";
import type { Postgresql } from "./postgresql.ts";

/** A PgBouncer. */
export interface Pgbouncer extends AsyncDisposable {
  /** Its port on localhost. */
  readonly port: number;
}

/** Starts it. It logs in at the server as the server's superuser, as its clients do. */
export async function startPgbouncer(
  { port: serverPort, superuser: { user, password } }: Pick<Postgresql, "port" | "superuser">,
): Promise<Pgbouncer> {
  const program = await installed("/usr/sbin/pgbouncer");
  const folder = await tempFolder();
  const port = freePort();
  const home = `${folder.path}/pgbouncer`;
  await Deno.chmod(folder.path, 0o711);
  await Deno.mkdir(home);
  await Deno.writeTextFile(`${home}/users`, `"${user}" "${password}"\n`);
  await Deno.writeTextFile(
    `${home}/pgbouncer.ini`,
    `[databases]
* = host=127.0.0.1 port=${serverPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
logfile = ${home}/log
auth_type = scram-sha-256
auth_file = ${home}/users
pool_mode = transaction
default_pool_size = 5
max_client_conn = 1000
`,
  );
  await giveTo("postgres", home);
  const isRoot = Deno.uid() === 0;
  const command = isRoot
    ? ["runuser", "-u", "postgres", "--", program, `${home}/pgbouncer.ini`]
    : [program, `${home}/pgbouncer.ini`];
  const child = new Deno.Command(command[0] ?? "", {
    args: command.slice(1),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await listening(`${home}/log`);
  return {
    port,
    async [Symbol.asyncDispose]() {
      // runuser passes it on.
      child.kill("SIGTERM");
      await child.status;
      await folder[Symbol.asyncDispose]();
    },
  };
}

// Read from its log: its output would be read while tests run.
async function listening(log: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    try {
      if ((await Deno.readTextFile(log)).includes("process up:")) return;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("PgBouncer does not start");
}
