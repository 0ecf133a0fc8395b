import type { Gathering } from "../../../src/outbox/gather.ts";
import { outboxContract } from "../../contracts/outbox.ts";
import { machineContract } from "../../contracts/outbox_machine.ts";
import { policyMachineContract } from "../../contracts/outbox_policy_machine.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { postgresSubject } from "./subject.ts";

// All of the contract runs on those that are named; on the oldest and the newest one, which are installed
// anyway, what reaches most statements.
const NAMED = Deno.env.get("POSTGRESQL_VERSIONS");
const WALKS = NAMED === undefined ? 5 : 20;

for (const version of (NAMED ?? "13 17").split(/\s+/)) {
  let server: Postgresql | undefined;
  const name = `PostgreSQL ${version}`;
  // Each is started when it is needed first: there may be many.
  const open = async (gathering?: Gathering) => {
    server ??= await startPostgresql({ fsync: true, version });
    return await postgresSubject(server, server.port, gathering);
  };
  Deno.test.afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  if (NAMED !== undefined) outboxContract(name, open);
  machineContract(name, () => open(), { numRuns: WALKS, knowsAwaited: false });
  policyMachineContract(name, open, WALKS);
}
