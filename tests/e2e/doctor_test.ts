import assert from "node:assert/strict";
import type { Finding } from "../../src/doctor/finding.ts";
import { runCommand } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import { startPostgresql } from "./servers/postgresql.ts";

const READER = "mxisd";
const PASSWORD = "a password of tests";
const PARTS = ["configuration", "files", "database", "clock", "stores", "mail"];
const REACHED = ["homeserver", "synapse"];

Deno.test("the doctor sees what a real Synapse knows of the service, and what it holds back", async () => {
  await using server = await startPostgresql();
  const { user, password } = server.superuser;
  await server.run("postgres", "CREATE DATABASE synapse TEMPLATE template0");
  const login = `user=${READER}&password=${encodeURIComponent(PASSWORD)}`;
  await using organisation = await Organisation.create({
    settings: () => ({
      // Only its queue is read.
      notify: { delay: "1s", sweep: false },
      synapseSql: {
        enabled: false,
        type: "postgresql",
        connection: `//127.0.0.1:${server.port}/synapse?${login}&sslmode=disable`,
      },
    }),
    database: () => ({
      postgresql: { host: "127.0.0.1", port: server.port, dbname: "synapse", user, password },
    }),
  });
  await organisation.startHomeserver();
  const forbidden = await findings(organisation, "synapse");
  assert.match(forbidden[0]?.seen ?? "", /^Synapse's database cannot be read: /);
  await server.run(
    "synapse",
    `CREATE ROLE ${READER} LOGIN PASSWORD '${PASSWORD}'`,
    // As docs/doctor.md says.
    `GRANT SELECT ON application_services_state, application_services_txns TO ${READER}`,
    `GRANT SELECT ON appservice_stream_position TO ${READER}`,
    "GRANT SELECT (event_id, stream_ordering, received_ts, outlier, rejection_reason) " +
      `ON events TO ${READER}`,
  );
  await organisation.startService();
  await organisation.logged("homeserver reaches this service");
  const { homeserver } = organisation;
  const alice = await organisation.register("alice");
  const room = await alice.createRoom();

  const healthy = await findings(organisation, ...PARTS, ...REACHED);
  assert.deepEqual(healthy.filter(({ result }) => result !== "ok"), []);
  const said = new Map(healthy.map(({ check, seen }) => [check, seen]));
  assert.equal(said.get("registration"), "the homeserver knows the service as @mxisd:example.org");
  assert.match(said.get("ping") ?? "", /^the homeserver reaches the service in \d+/);

  await organisation.stopService();
  await alice.invite(room, "@bob:example.org");
  await homeserver.missesService();
  const [queue] = await findings(organisation, "synapse");
  assert.equal(queue?.result, "error");
  const waiting =
    /^\d+ transactions? waits? for the service since \S+ \(.* ago\): the service is not/;
  assert.match(queue?.seen ?? "", waiting);

  await organisation.startService();
  await organisation.mailTo("bob");
  const after = await findings(organisation, ...REACHED);
  assert.deepEqual(after.filter(({ result }) => result !== "ok"), []);
});

async function findings(
  { layout }: Organisation,
  ...parts: readonly string[]
): Promise<readonly Finding[]> {
  const only = parts.flatMap((part) => ["--only", part]);
  const command = ["doctor", "--json", ...only, "-c", "mxisd.yaml"];
  const { code, output, errors } = await runCommand(layout.folder, ...command);
  const found = JSON.parse(output) as readonly Finding[];
  const failed = found.some(({ result }) => result === "error");
  assert.deepEqual([code, errors], [failed ? 1 : 0, ""]);
  return found;
}
