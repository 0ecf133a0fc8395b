/**
 * A real PostgreSQL on loopback, with TLS and passwords, in its own folder.
 *
 * @module
 */

import postgres from "postgres";
import { LOCALHOST } from "../../fakes/net/certificates.ts";
import { freePort } from "../../process/free_port.ts";
import { suspend } from "../../process/suspend.ts";
import { installed } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";
import { giveTo, runTool } from "./daemon.ts";

const USER = "postgres";
const PASSWORD = "superuser";

/** A PostgreSQL that can be stopped and started. */
export interface Postgresql extends AsyncDisposable {
  /** Its port on localhost. */
  readonly port: number;
  /** The superuser's name and password. */
  readonly superuser: { readonly user: string; readonly password: string };
  /** Runs statements one after another, as the superuser; each may have values for `$1` and so on. */
  run(database: string, ...statements: readonly Statement[]): Promise<void>;
  /** Starts it unless it is running, and waits until it responds. */
  up(options?: { readonly tls: boolean }): Promise<void>;
  /** Stops it, which closes all connections. */
  down(): Promise<void>;
  /** Makes it accept connections without responding, until it is started or disposed of. */
  stall(): Promise<void>;
}

/** A statement, with or without values. */
export type Statement = string | readonly [string, ...(string | null)[]];

/** How it is started. */
export interface PostgresqlOptions {
  /** Whether commits are written to disk, as an outbox needs it; off for what is only read. */
  readonly fsync?: boolean | undefined;
}

/** Starts it. */
export async function startPostgresql(
  { fsync = false }: PostgresqlOptions = {},
): Promise<Postgresql> {
  const bin = await installed("/usr/lib/postgresql/15/bin");
  const folder = await tempFolder();
  const port = freePort();
  const home = `${folder.path}/server`;
  const data = `${home}/data`;
  let state: "up" | "down" | "stalled" = "down";

  const control = (...args: string[]) =>
    runTool([`${bin}/pg_ctl`, "-D", data, "-w", "-t", "60", ...args], { user: USER, cwd: home });

  async function process(): Promise<number> {
    const [pid = ""] = (await Deno.readTextFile(`${data}/postmaster.pid`)).split("\n");
    return Number(pid);
  }

  const server: Postgresql = {
    port,
    superuser: { user: USER, password: PASSWORD },
    async run(database, ...statements) {
      const sql = postgres({
        host: "127.0.0.1",
        port,
        database,
        username: USER,
        password: PASSWORD,
        max: 1,
        onnotice: () => {},
      });
      try {
        for (const statement of statements) {
          const [text, ...values] = typeof statement === "string" ? [statement] : statement;
          await sql.unsafe(text, values);
        }
      } finally {
        await sql.end();
      }
    },
    async up({ tls } = { tls: true }) {
      if (state === "stalled") Deno.kill(await process(), "SIGCONT");
      if (state === "down") {
        const options = `-p ${port} -c listen_addresses=localhost -c unix_socket_directories='' ` +
          `-c fsync=${fsync ? "on" : "off"} -c ssl=${
            tls ? "on" : "off"
          } -c ssl_cert_file=${home}/cert.pem -c ssl_key_file=${home}/key.pem`;
        await control("-l", `${home}/log`, "-o", options, "start");
      }
      state = "up";
    },
    async down() {
      if (state === "stalled") Deno.kill(await process(), "SIGCONT");
      if (state !== "down") await control("-m", "fast", "stop");
      state = "down";
    },
    async stall() {
      await suspend(await process());
      state = "stalled";
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
    await Deno.writeTextFile(`${home}/password`, PASSWORD);
    await giveTo(USER, home);
    const init = ["-D", data, "-A", "scram-sha-256", `--pwfile=${home}/password`, "--no-sync"];
    await runTool([`${bin}/initdb`, ...init, "-E", "UTF8", "--locale=C"], {
      user: USER,
      cwd: home,
    });
    await server.up();
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}
