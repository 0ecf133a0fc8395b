/**
 * PostgreSQL: a server of its own, on a disk in memory.
 *
 * @module
 */

import postgres from "postgres";
import { type Postgresql, startPostgresql } from "../../e2e/servers/postgresql.ts";
import type { CampaignDatabase } from "../database.ts";
import { pause } from "../pause.ts";
import { fillDisk } from "./full_disk.ts";

const DATABASE = "postgres";
const USER = "mxisd";
const PASSWORD = "campaign";
const DISK_MIB = 512;
const MAX_CONNECTIONS = 40;
// What a process holds is another's after that, by the server's clock.
const LEASE_MS = 120_000;
// As if the time had passed. To move the server's clock delays its own time limits.
const LEASES_PASS = ["invitations", "mails"].map((work) =>
  `UPDATE ${USER}.${work} SET lease_until = lease_until - ${LEASE_MS} WHERE lease_until IS NOT NULL`
);
const TRIES = 50;
const PAUSE_MS = 100;
const DEADLOCK = "40P01";

/** Starts the server, with a user who has a schema. */
export async function postgresqlDatabase(): Promise<CampaignDatabase> {
  const server = await startPostgresql({
    fsync: true,
    diskMib: DISK_MIB,
    settings: { max_connections: MAX_CONNECTIONS, max_wal_size: "64MB" },
  });
  try {
    await server.run(
      DATABASE,
      `CREATE ROLE ${USER} LOGIN PASSWORD '${PASSWORD}'`,
      `CREATE SCHEMA ${USER} AUTHORIZATION ${USER}`,
    );
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  const upAgain = { [Symbol.asyncDispose]: () => server.up() };
  return {
    storage: {
      backend: "postgresql",
      provider: {
        postgresql: {
          database: `//127.0.0.1:${server.port}/${DATABASE}?sslmode=disable`,
          username: USER,
          password: PASSWORD,
        },
      },
    },
    lease: LEASE_MS,
    outages: {
      server: {
        "restarted": async () => {
          await server.down();
          return upAgain;
        },
        "ended at once": async () => {
          await server.down("immediate");
          return upAgain;
        },
        "killed": async () => {
          await server.kill();
          return upAgain;
        },
      },
      readonly: {
        "as a standby": async () => {
          await setReadOnly(server, true);
          return { [Symbol.asyncDispose]: () => setReadOnly(server, false) };
        },
      },
      connections: { "used up": () => takeConnections(server) },
      locked: { "by another program": () => lockTables(server) },
      disk: {
        full: async () => {
          const full = await fillDisk(server.home);
          return {
            async [Symbol.asyncDispose]() {
              await full[Symbol.asyncDispose]();
              await responds(server);
            },
          };
        },
      },
    },
    passLease: () => withoutDeadlock(() => server.run(DATABASE, ...LEASES_PASS)),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function setReadOnly(server: Postgresql, isReadOnly: boolean): Promise<void> {
  const value = isReadOnly ? "on" : "off";
  await server.run(
    DATABASE,
    `ALTER SYSTEM SET default_transaction_read_only = ${value}`,
    "SELECT pg_reload_conf()",
  );
}

// Takes those of the service as well.
async function takeConnections(server: Postgresql): Promise<AsyncDisposable> {
  const taken: postgres.Sql[] = [];
  async function takeFree(): Promise<void> {
    const all = Array.from({ length: MAX_CONNECTIONS }, () => connect(server));
    await Promise.all(all.map(async (sql) => {
      try {
        await sql`SELECT 1`;
        taken.push(sql);
      } catch {
        // There are no more.
        await sql.end();
      }
    }));
  }
  await takeFree();
  await server.run(
    DATABASE,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity 
     WHERE usename = '${USER}' AND application_name <> 'campaign'`,
  );
  await takeFree();
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(taken.map((sql) => sql.end()));
    },
  };
}

function lockTables(server: Postgresql): Promise<AsyncDisposable> {
  return withoutDeadlock(async () => {
    const sql = connect(server);
    try {
      await sql.unsafe(`BEGIN; LOCK TABLE ${USER}.invitations, ${USER}.mails`).simple();
      return { [Symbol.asyncDispose]: () => sql.end() };
    } catch (error) {
      await sql.end();
      throw error;
    }
  });
}

// The service locks rows in any order: where that ends in a deadlock, PostgreSQL fails either.
async function withoutDeadlock<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof postgres.PostgresError && error.code === DEADLOCK)) throw error;
    }
  }
}

// A server that cannot write its journal ends, and the next process as well.
async function responds(server: Postgresql): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      await server.run(DATABASE, "CREATE TEMPORARY TABLE written (id int)");
      return;
    } catch {
      await pause(PAUSE_MS);
    }
  }
  await server.kill();
  await server.up();
}

function connect({ port }: Postgresql): postgres.Sql {
  return postgres({
    ...{ host: "127.0.0.1", port, database: DATABASE, username: USER, password: PASSWORD },
    ...{ max: 1, connection: { application_name: "campaign" }, onnotice: () => {} },
  });
}
