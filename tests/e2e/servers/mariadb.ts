/**
 * A real MariaDB on loopback, with TLS and passwords, in a folder of its own.
 *
 * @module
 */

import mysql, { type Connection } from "mysql2";
import { LOCALHOST } from "../../fakes/net/certificates.ts";
import { freePort } from "../../process/free_port.ts";
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
  /** Starts it, unless it runs, and waits until it answers. */
  up(options?: { readonly tls: boolean }): Promise<void>;
  /** Kills it, and so ends all connections. */
  down(): Promise<void>;
  /** Takes connections and answers nothing until it is started or disposed of. */
  stall(): Promise<void>;
}

/** Starts one. */
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
      const options = `--no-defaults --user=${USER} --datadir=${home}/data --port=${port} ` +
        `--bind-address=127.0.0.1 --socket=${home}/socket --pid-file=${home}/pid ` +
        (tls ? `--ssl-cert=${home}/cert.pem --ssl-key=${home}/key.pem ` : "") +
        `--innodb-flush-log-at-trx-commit=2`;
      // It would end with its terminal's group, and goes on as a process of its own.
      const line = `setsid ${program} ${options} >${home}/log 2>&1 </dev/null & echo $!`;
      pid = Number(await runTool(["sh", "-c", line]));
      const ready = `grep -q -m1 "ready for connections" ` +
        `< <(exec tail -n +1 -F --pid=${pid} ${home}/log 2>/dev/null)`;
      await runTool(["bash", "-c", ready]);
    },
    async down() {
      if (pid === undefined) return;
      // What was committed is in its files, and a proper end takes seconds.
      Deno.kill(pid, "SIGKILL");
      await runTool(["tail", "-s", "0.02", `--pid=${pid}`, "-f", "/dev/null"]);
      pid = undefined;
      isStalled = false;
    },
    // deno-lint-ignore require-await -- as PostgreSQL has it
    async stall() {
      if (pid !== undefined) Deno.kill(pid, "SIGSTOP");
      isStalled = true;
    },
    async [Symbol.asyncDispose]() {
      await server.down();
      await folder[Symbol.asyncDispose]();
    },
  };

  try {
    await Deno.chmod(folder.path, 0o711);
    await Deno.mkdir(home);
    await Deno.writeTextFile(`${home}/cert.pem`, LOCALHOST.cert);
    await Deno.writeTextFile(`${home}/key.pem`, LOCALHOST.key, { mode: 0o600 });
    await giveTo(USER, home);
    const init = ["--no-defaults", `--user=${USER}`, `--datadir=${home}/data`, "--skip-test-db"];
    await runTool(["mariadb-install-db", ...init, "--auth-root-authentication-method=normal"]);
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
