import type { Gathering } from "../../../src/outbox/gather.ts";
import { outboxContract } from "../../contracts/outbox.ts";
import { machineContract } from "../../contracts/outbox_machine.ts";
import { policyMachineContract } from "../../contracts/outbox_policy_machine.ts";
import { runs } from "../../thorough.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { postgresSubject } from "./subject.ts";

let server: Postgresql;

Deno.test.beforeAll(async () => {
  server = await startPostgresql({ fsync: true });
});
Deno.test.afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const open = (gathering?: Gathering) => postgresSubject(server, server.port, gathering);
const { numRuns } = runs(50);

outboxContract("PostgreSQL", open);
machineContract("PostgreSQL", () => open(), { numRuns, knowsAwaited: false });
policyMachineContract("PostgreSQL", open, numRuns);
