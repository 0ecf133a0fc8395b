import assert from "node:assert/strict";
import { OutboxError } from "../../../src/outbox/port.ts";
import {
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  record,
  recordInvite,
  states,
} from "../../contracts/outbox_samples.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { openFile, openSubject, temporaryFolder } from "./subject.ts";

/** A service in a process of its own; disposing kills it. */
interface Service extends AsyncDisposable {
  readonly kill: () => Promise<void>;
}

function serviceArguments(file: string, until: string): string[] {
  const script = new URL("owner_process.ts", import.meta.url).pathname;
  return ["run", "-A", "--quiet", "--no-check", script, file, until];
}

async function startService(file: string, until: string): Promise<Service> {
  const child = new Deno.Command(Deno.execPath(), {
    args: serviceArguments(file, until),
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  async function kill(): Promise<void> {
    try {
      child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended
    }
    await reader.cancel();
    await child.status;
  }
  const service = { kill, [Symbol.asyncDispose]: kill };
  if (new TextDecoder().decode(value) === "ready\n") return service;
  await kill();
  throw new Error("the service did not start");
}

const inUse = (error: unknown) =>
  error instanceof OutboxError && error.kind === "refused" &&
  /outbox\.db is in use by another running service/.test(error.message);

Deno.test("a second owner in the same process is refused, and the first goes on", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await using subject = openSubject(file);
  assert.throws(() => openFile(file), inUse);
  assert.throws(() => openFile(file), inUse);
  await recordInvite(subject, invite(1));
});

Deno.test("a second owner that calls the file by another name is refused", async () => {
  using folder = temporaryFolder();
  await using _subject = openSubject(folder.path("outbox.db"));
  const other = folder.path("linked.db");
  await Deno.symlink(folder.path("outbox.db"), other);
  assert.throws(() => openFile(other)[Symbol.asyncDispose](), {
    message: /linked\.db is in use by another running service/,
  });
});

Deno.test("a refused second owner does not undo the first one's lock", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await using _first = openFile(file);
  assert.throws(() => openFile(file), inUse);
  const second = new Deno.Command(Deno.execPath(), {
    args: serviceArguments(file, "opened"),
    env: { NO_COLOR: "1" },
    stdin: "null",
  });
  const { code, stderr } = await second.output();
  assert.match(new TextDecoder().decode(stderr), /in use by another running service/);
  assert.notEqual(code, 0);
});

Deno.test("the file can be opened again once its owner has closed it", async () => {
  using folder = temporaryFolder();
  for (let round = 0; round < 3; round++) {
    await using _outbox = openFile(folder.path("outbox.db"));
  }
});

Deno.test("another process's file is refused until that is killed, then opened at once", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await using service = await startService(file, "recorded");
  assert.throws(() => openFile(file), inUse);
  await service.kill();
  await using subject = openSubject(file);
  assert.deepEqual(await states(subject), ["pending"], "what record() returned from is there");
  assert.deepEqual(await record(subject, invite(1)), [{ kind: "known" }]);
});

Deno.test("a killed owner's leases are taken over at once", async () => {
  using folder = temporaryFolder();
  for (const until of ["claimed", "sending"]) {
    const file = folder.path(`${until}.db`);
    await using service = await startService(file, until);
    await service.kill();
    await using subject = openSubject(file);
    subject.clock.advance(DELAY);
    const claim = await (until === "claimed" ? claimInvitation(subject) : claimMail(subject));
    assert.equal(claim.fence, 2);
  }
});

Deno.test("a command looks on beside the service, and sees what it writes", async () => {
  using folder = temporaryFolder();
  const file = folder.path("outbox.db");
  await using subject = openSubject(file);
  const { outbox: service, clock } = subject;
  await using command = openFile(file, clock, false);
  await recordInvite(subject, invite(1));
  clock.advance(DELAY);
  await claimInvitation(subject);
  await using _late = openFile(file, clock, false);
  assert.deepEqual((await command.counts()).invitations, { pending: 1 });
  assert.deepEqual(command.secret, service.secret);
  assert.deepEqual(await service.claimInvitations(1), [], "its leases are left alone");
});

Deno.test("a command makes no file, and no tables", () => {
  using folder = temporaryFolder();
  const missing = folder.path("missing.db");
  const refused = (error: unknown) => error instanceof OutboxError && error.kind === "refused";
  assert.throws(() => openFile(missing, new ManualClock(), false), refused);
  assert.throws(() => Deno.statSync(missing), Deno.errors.NotFound);
  const empty = folder.path("empty.db");
  Deno.writeTextFileSync(empty, "");
  assert.throws(() => openFile(empty, new ManualClock(), false), refused);
  assert.equal(Deno.statSync(empty).size, 0);
});
