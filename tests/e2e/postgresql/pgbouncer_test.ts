import type { Gathering } from "../../../src/outbox/gather.ts";
import { outboxContract } from "../../contracts/outbox.ts";
import { machineContract } from "../../contracts/outbox_machine.ts";
import { policyMachineContract } from "../../contracts/outbox_policy_machine.ts";
import { runs } from "../../thorough.ts";
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

const open = (gathering?: Gathering) => postgresSubject(server, pooler.port, gathering);
const { numRuns } = runs(20);

outboxContract("PgBouncer", open);
machineContract("PgBouncer", () => open(), { numRuns, knowsAwaited: false });
policyMachineContract("PgBouncer", open, numRuns);
