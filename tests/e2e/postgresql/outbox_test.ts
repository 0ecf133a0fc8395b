import { outboxContract } from "../../contracts/outbox.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { postgresSubject } from "./subject.ts";

let server: Postgresql;

Deno.test.beforeAll(async () => {
  server = await startPostgresql({ fsync: true });
});
Deno.test.afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

outboxContract("PostgreSQL", (gathering) => postgresSubject(server, server.port, gathering));
