import assert from "node:assert/strict";
import type { UserId } from "../../src/domain/user_id.ts";
import { askKnowledge } from "../../src/identity/asked_knowledge.ts";
import { NO_INVITE_RULES } from "../../src/identity/invite_rules.ts";
import type { KnowledgeSource, KnownPerson } from "../../src/identity/knowledge.ts";
import { StoreError } from "../../src/identity/port.ts";
import { MINUTE, SECOND } from "../../src/settings/duration.ts";
import { collectLogs } from "../fakes/system/log_records.ts";
import { ManualClock } from "../fakes/system/manual_clock.ts";

const BOB = "@bob:example.org" as UserId;
const KNOWN: KnownPerson = { invites: NO_INVITE_RULES };
const DOWN = new StoreError("homeserver", "temporary", "no connection");

/** A homeserver that answers as the test says, and counts the questions. */
function scripted(answer: () => Promise<KnownPerson>) {
  const clock = new ManualClock();
  const source = {
    answer,
    asked: 0,
    find(_user: UserId, options?: Parameters<KnowledgeSource["find"]>[1]) {
      this.asked++;
      this.signal = options?.signal;
      return this.answer();
    },
    signal: undefined as AbortSignal | undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { clock, source, asked: askKnowledge(source, { clock, deadline: 10 * SECOND }) };
}

Deno.test("a homeserver that is down is asked again after a while, and the log says it once", async () => {
  await using logs = await collectLogs();
  const { clock, source, asked } = scripted(() => Promise.reject(DOWN));
  for (let mail = 0; mail < 1000; mail++) assert.equal(await asked.ask(BOB), undefined);
  assert.equal(source.asked, 1);
  clock.set(clock.now() + MINUTE);
  for (let mail = 0; mail < 1000; mail++) assert.equal(await asked.ask(BOB), undefined);
  assert.equal(source.asked, 2);
  assert.deepEqual(logs.at("warning"), [
    ["homeserver cannot be asked, mails go out without", { reason: DOWN.message }],
  ]);
  clock.set(clock.now() + MINUTE);
  source.answer = () => Promise.resolve(KNOWN);
  assert.equal(await asked.ask(BOB), KNOWN);
  assert.equal(await asked.ask(BOB), KNOWN);
  assert.equal(source.asked, 4);
  assert.deepEqual(logs.at("info"), [["homeserver can be asked again", {}]]);
});

Deno.test("a homeserver that does not respond delays by the deadline, and nobody else", async () => {
  const { clock, source, asked } = scripted(() => new Promise(() => {}));
  const first = asked.ask(BOB);
  await clock.advance(10 * SECOND);
  assert.equal(await first, undefined);
  assert.equal(source.signal?.aborted, true);
  assert.equal(await asked.ask(BOB), undefined);
  await clock.advance(MINUTE);
  // The one that tries again delays no other.
  const second = asked.ask(BOB);
  assert.equal(await asked.ask(BOB), undefined);
  assert.equal(source.asked, 2);
  await clock.advance(10 * SECOND);
  assert.equal(await second, undefined);
});

Deno.test("a question that is aborted says nothing about the homeserver", async () => {
  await using logs = await collectLogs();
  const { source, asked } = scripted(() => new Promise(() => {}));
  const stop = new AbortController();
  const question = asked.ask(BOB, { signal: stop.signal });
  stop.abort();
  assert.equal(await question, undefined);
  source.answer = () => Promise.resolve(KNOWN);
  assert.equal(await asked.ask(BOB), KNOWN);
  assert.deepEqual([...logs.at("warning"), ...logs.at("error")], []);
});

Deno.test("what an administrator has to mend is an error in the log", async () => {
  await using logs = await collectLogs();
  const wrong = new StoreError("homeserver", "misconfigured", "it does not know the as_token");
  const { asked } = scripted(() => Promise.reject(wrong));
  assert.equal(await asked.ask(BOB), undefined);
  assert.equal(logs.at("error").length, 1);
});
