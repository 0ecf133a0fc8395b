/**
 * A real MariaDB on loopback, with TLS and passwords, in its own folder.
 *
 * @module
 */

import mysql, { type Connection } from "mysql2";
import { LOCALHOST } from "../../fakes/net/certificates.ts";
import { freePort } from "../../process/free_port.ts";
import { suspend } from "../../process/suspend.ts";
import { installed } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";
import { giveTo, runTool } from "./daemon.ts";
import type { Statement } from "./postgresql.ts";

const USER = "mysql";

/** A MariaDB that can be stopped and started. */
export interface Mariadb extends AsyncDisposable {
  /** Its port on localhost. */
  readonly port: number;
  /** Runs statements one after another, as root; each may have values for its `?`. */
  run(...statements: readonly Statement[]): Promise<void>;
  /** Starts it unless it is running, and waits until it responds. */
  up(options?: { readonly tls: boolean }): Promise<void>;
  /** Kills it, which closes all connections. */
  down(): Promise<void>;
  /** Makes it accept connections without responding, until it is started or disposed of. */
  stall(): Promise<void>;
}

/** Starts it. */
export async function startMariadb(): Promise<Mariadb> {
  const program = await installed("/usr/sbin/mariadbd");
  const folder = await tempFolder();
  const port = freePort();
  const home = `${folder.path}/server`;
  let pid: number | undefined;
  let isStalled = false;

  const server: Mariadb = {
    port,
    async run(...statements) {
      const connection = mysql.createConnection({ host: "127.0.0.1", port, user: "root" });
      try {
        for (const statement of statements) {
          const [text, ...values] = typeof statement === "string" ? [statement] : statement;
          await query(connection, text, values);
        }
      } finally {
        const { promise, resolve } = Promise.withResolvers<void>();
        connection.end(() => resolve());
        await promise;
      }
    },
    async up({ tls } = { tls: true }) {
      if (isStalled && pid !== undefined) Deno.kill(pid, "SIGCONT");
      isStalled = false;
      if (pid !== undefined) return;
      const options = `--no-defaults --user=${USER} --datadir=${home}/data --tmpdir=${home}/tmp ` +
        `--port=${port} ` +
        `--bind-address=127.0.0.1 --socket=${home}/socket --pid-file=${home}/pid ` +
        (tls ? `--ssl-cert=${home}/cert.pem --ssl-key=${home}/key.pem ` : "") +
        `--innodb-flush-log-at-trx-commit=2`;
      // In a session of its own, so that a signal to the test's process group does not end it.
      const line = `setsid ${program} ${options} >${home}/log 2>&1 </dev/null & echo $!`;
      pid = Number(await runTool(["sh", "-c", line]));
      const ready = `grep -q -m1 "ready for connections" ` +
        `< <(exec tail -n +1 -F --pid=${pid} ${home}/log 2>/dev/null)`;
      await runTool(["bash", "-c", ready]);
    },
    async down() {
      if (pid === undefined) return;
      // Commits are in its files already, and an orderly shutdown takes seconds.
      Deno.kill(pid, "SIGKILL");
      await runTool(["tail", "-s", "0.02", `--pid=${pid}`, "-f", "/dev/null"]);
      pid = undefined;
      isStalled = false;
    },
    async stall() {
      if (pid !== undefined) await suspend(pid);
      isStalled = true;
    },
    async [Symbol.asyncDispose]() {
      await server.down();
      await folder[Symbol.asyncDispose]();
    },
  };

  try {
    await Deno.chmod(folder.path, 0o711);
    // Each with a folder for temporary tables: at its start it deletes others' as well.
    await Deno.mkdir(`${home}/tmp`, { recursive: true });
    await Deno.writeTextFile(`${home}/cert.pem`, LOCALHOST.cert);
    await Deno.writeTextFile(`${home}/key.pem`, LOCALHOST.key, { mode: 0o600 });
    await giveTo(USER, home);
    await runTool([
      "mariadb-install-db",
      ...["--no-defaults", `--user=${USER}`, `--datadir=${home}/data`, `--tmpdir=${home}/tmp`],
      ...["--skip-test-db", "--auth-root-authentication-method=normal"],
    ]);
    await server.up();
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

function query(connection: Connection, sql: string, values: unknown[]): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  connection.query(sql, values, (error, result) => error ? reject(error) : resolve(result));
  return promise;
}
