import { outboxContract } from "../../contracts/outbox.ts";
import { type Pgbouncer, startPgbouncer } from "../servers/pgbouncer.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { postgresSubject } from "./subject.ts";

let server: Postgresql;
let pooler: Pgbouncer;

Deno.test.beforeAll(async () => {
  server = await startPostgresql({ fsync: true });
  pooler = await startPgbouncer(server);
});
Deno.test.afterAll(async () => {
  await pooler?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

outboxContract("PgBouncer", (gathering) => postgresSubject(server, pooler.port, gathering));
