import assert from "node:assert/strict";
import { inviteEvent } from "../process/invite_event.ts";
import { Organisation } from "./organisation.ts";
import { startPostgresql } from "./servers/postgresql.ts";
import { recordCalls, type SystemCall } from "./servers/strace.ts";

Deno.test("SQLite's journal is on disk before the first byte of the 200", async () => {
  await using organisation = await Organisation.create({
    delay: "1h",
    settings: ({ folder }) => ({
      storage: { provider: { sqlite: { database: `${folder}/outbox.db` } } },
    }),
  });
  await organisation.startService();
  const { between } = await callsOfAnInvite(organisation);
  assertOnDisk(between, "outbox.db-wal>");
});

Deno.test("PostgreSQL's journal is on disk before the commit is confirmed, and that is before the 200", async () => {
  // On a busy machine its process for that could have the journal on disk before the commit asks for it.
  const settings = { wal_writer_delay: "10s" };
  await using server = await startPostgresql({ fsync: true, settings });
  const { user, password } = server.superuser;
  const database = `//localhost:${server.port}/postgres?sslmode=disable`;
  const postgresql = { database, username: user, password };
  await using organisation = await Organisation.create({
    delay: "1h",
    settings: () => ({ storage: { backend: "postgresql", provider: { postgresql } } }),
  });
  await organisation.startService();
  // Otherwise it might connect while the recording begins.
  await organisation.pushEvents(inviteEvent({ room_id: "!before:example.org" }));
  const { between, service } = await callsOfAnInvite(organisation, await server.processes());
  // The server's other processes write it as well, now and then.
  const connected = new Set(
    between.filter((call) => isCommit(call, "recvfrom")).map(({ thread }) => thread),
  );
  const backend = between.find((call) =>
    connected.has(call.thread) && call.thread !== service && isSync(call, "/pg_wal/")
  )?.thread;
  const ofBackend = between.filter(({ thread }) => thread === backend);
  const { synced, written } = assertOnDisk(ofBackend, "/pg_wal/");
  const asked = ofBackend.findLast((call) => isCommit(call, "recvfrom") && call.ended < written);
  assert(
    asked,
    `no COMMIT before the journal was written:\n${ofBackend.map(({ text }) => text).join("\n")}`,
  );
  const confirmed = ofBackend.find((call) => call.name === "sendto" && call.ended > asked.ended);
  assert(confirmed && isCommit(confirmed, "sendto"), `not confirmed: ${confirmed?.text}`);
  assert(confirmed.begun > synced, "confirmed before the journal was on disk");
  const learned = between.find((call) =>
    call.thread === service && isCommit(call, "recvfrom") && call.ended > confirmed.begun
  );
  assert(learned, "the service did not wait for the confirmation");
});

/** The calls between the request with an invite and the first byte of its 200. */
async function callsOfAnInvite(
  organisation: Organisation,
  others: readonly number[] = [],
): Promise<{ readonly between: readonly SystemCall[]; readonly service: number }> {
  const pids = [...others, organisation.service.pid];
  await using recording = await recordCalls(organisation.layout.folder, pids);
  await organisation.pushEvents(inviteEvent({ room_id: "!plans:example.org" }));
  const calls = await recording.end();
  const asked = calls.find(({ text }) => text.includes('"PUT /_matrix/app/v1/transactions/'));
  assert(asked, "the request was not recorded");
  const answered = calls.find(({ text, begun }) =>
    begun > asked.ended && text.includes('"HTTP/1.1 ')
  );
  assert(answered, "no answer was recorded");
  assert(answered.text.includes("HTTP/1.1 200"), answered.text);
  const between = calls.filter(({ begun, ended }) => begun > asked.ended && ended < answered.begun);
  return { between, service: answered.thread };
}

// That all that was written to the file was waited for. Returns when that was, and the first write.
function assertOnDisk(
  calls: readonly SystemCall[],
  file: string,
): { readonly synced: number; readonly written: number } {
  const writes = calls.filter(({ name, text }) => /^p?write/.test(name) && text.includes(file));
  const [first] = writes;
  const last = writes.at(-1);
  assert(first && last, `nothing was written to ${file}`);
  const sync = calls.find((call) => isSync(call, file) && call.begun > last.ended);
  assert(sync, `${file} was written, but not waited for`);
  return { synced: sync.ended, written: first.begun };
}

function isSync({ name, text }: SystemCall, file: string): boolean {
  return /^f(?:data)?sync$/.test(name) && text.includes(file) && text.endsWith("= 0");
}

function isCommit({ name, text }: SystemCall, by: "recvfrom" | "sendto"): boolean {
  return name === by && text.includes("COMMIT\\0");
}
