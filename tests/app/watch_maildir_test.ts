import assert from "node:assert/strict";
import { watchMaildir } from "../../src/app/bounces.ts";
import type { NewMessages, ReadOptions } from "../../src/mail/bounces/maildir_files.ts";
import type { BounceTaken } from "../../src/notify/bounces/take_bounce.ts";
import { OutboxError } from "../../src/outbox/port.ts";
import { SECOND } from "../../src/settings/duration.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

const IGNORED: BounceTaken = { kind: "ignored", why: "it is a test" };

function messages(...names: string[]): NewMessages["messages"] {
  return names.map((name) => ({ name, bytes: new TextEncoder().encode(name) }));
}

/** Watches a Maildir that returns these, one at each reading. */
function watched(
  reads: (NewMessages | Error)[],
  take: (name: string) => Promise<BounceTaken> = () => Promise.resolve(IGNORED),
) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const marked: string[] = [];
  const asked: ReadOptions[] = [];
  const maildir = {
    readNew(options: ReadOptions) {
      asked.push(options);
      const read = reads.shift() ?? { messages: [], problems: [] };
      return read instanceof Error ? Promise.reject(read) : Promise.resolve(read);
    },
    markRead(name: string) {
      marked.push(name);
      return Promise.resolve(name === "locked" ? "no permission" : undefined);
    },
  };
  const running = watchMaildir(
    maildir,
    (bytes) => take(new TextDecoder().decode(bytes)),
    clock,
    stop.signal,
  );
  return {
    ...{ clock, marked, asked },
    async end() {
      stop.abort();
      await clock.advance(0);
      await running;
    },
  };
}

Deno.test("messages are taken every ten seconds, and marked as read", async () => {
  await using _logs = await collectLogs();
  const taken: string[] = [];
  const given = watched([
    { messages: messages("1", "2"), problems: [] },
    { messages: messages("3"), problems: [] },
  ], (name) => {
    taken.push(name);
    return Promise.resolve(IGNORED);
  });
  await given.clock.advance(10 * SECOND);
  assert.deepEqual([taken, given.marked], [["1", "2", "3"], ["1", "2", "3"]]);
  await given.end();
});

Deno.test("a message that cannot be stored stays, and is read again", async () => {
  await using logs = await collectLogs();
  let fails = true;
  const given = watched([
    { messages: messages("1", "2"), problems: [] },
    { messages: messages("1", "2"), problems: [] },
  ], () => {
    if (!fails) return Promise.resolve(IGNORED);
    fails = false;
    return Promise.reject(new OutboxError("unavailable", "database is locked"));
  });
  await given.clock.advance(10 * SECOND);
  assert.deepEqual(given.marked, ["1", "2"]);
  assert.deepEqual(logs.at("warning"), [["bounces not taken", { error: "database is locked" }]]);
  await given.end();
});

Deno.test("a message by which the program fails is left, and keeps no other", async () => {
  await using logs = await collectLogs();
  const read = { messages: messages("1", "2"), problems: [] };
  const given = watched(
    [read],
    (name) => name === "1" ? Promise.reject(new TypeError("a defect")) : Promise.resolve(IGNORED),
  );
  await given.clock.advance(10 * SECOND);
  assert.deepEqual(given.marked, ["2"]);
  assert.deepEqual(given.asked[1]?.except, ["1"]);
  assert.equal(logs.at("error").length, 1);
  await given.end();
});

Deno.test("what cannot be read is told once, and left", async () => {
  await using logs = await collectLogs();
  const problems = [{ name: "folder", reason: "it is not a regular file" }];
  const gone = [{ name: "", reason: "it does not exist" }];
  const given = watched([
    { messages: messages("locked"), problems },
    { messages: [], problems: gone },
    { messages: [], problems: gone },
    { messages: [], problems: [] },
    { messages: [], problems: gone },
    new Error("the thread failed"),
  ]);
  await given.clock.advance(60 * SECOND);
  assert.deepEqual(logs.at("error").map(([event, data]) => [event, data.file, data.reason]), [
    ["bounce not read", "folder", "it is not a regular file"],
    ["bounce not read", "locked", "no permission"],
    ["bounce not read", undefined, "it does not exist"],
    ["bounce not read", undefined, "it does not exist"],
  ]);
  assert.deepEqual(given.asked[1]?.except, ["folder", "locked"]);
  assert.equal(logs.at("warning").length, 1);
  await given.end();
});
