import type { Gathering } from "../../../src/outbox/gather.ts";
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

for (
  const [name, port, walks] of [
    ["PostgreSQL", () => server.port, 50],
    ["PgBouncer", () => pooler.port, 20],
  ] as const
) {
  const { numRuns } = runs(walks);
  const open = (gathering?: Gathering) => postgresSubject(server, port(), gathering);
  machineContract(name, () => open(), { numRuns, knowsAwaited: false });
  policyMachineContract(name, open, numRuns);
}
