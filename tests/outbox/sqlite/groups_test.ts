import assert from "node:assert/strict";
import type { Engine } from "../../../src/outbox/sql/engine.ts";
import type { Steps } from "../../../src/outbox/sql/steps.ts";
import { Database } from "../../../src/outbox/sqlite/database.ts";
import { type Groups, openGroups } from "../../../src/outbox/sqlite/groups.ts";
import { openTurns } from "../../../src/outbox/sqlite/turns.ts";

/** A database with a table of words, and how many words each transaction committed. */
interface Words {
  readonly groups: Groups;
  readonly committed: readonly number[];
  stored(): string[];
  close(): void;
}

async function withWords(test: (words: Words) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const database = Database.open(`${folder}/outbox.db`, true, true);
  await database.opened();
  database.transaction(function* (tables) {
    yield* tables.run("CREATE TABLE words (word TEXT PRIMARY KEY) STRICT");
  });
  const count = () =>
    database.read(function* (tables) {
      return Number((yield* tables.get("SELECT count(*) AS count FROM words"))?.count);
    });
  const committed: number[] = [];
  const groups = openGroups((work) => {
    const before = count();
    const result = database.transaction(work);
    committed.push(count() - before);
    return result;
  }, openTurns(performanceClock));
  try {
    await test({
      groups,
      committed,
      stored: () =>
        database.read(function* (tables) {
          return (yield* tables.all("SELECT word FROM words ORDER BY rowid")).map(({ word }) =>
            String(word)
          );
        }),
      close: () => database[Symbol.dispose](),
    });
  } finally {
    database[Symbol.dispose]();
    await Deno.remove(folder, { recursive: true });
  }
}

const performanceClock = { monotonic: () => performance.now() };

function add(word: string) {
  return function* (tables: Engine): Steps<string> {
    yield* tables.run("INSERT INTO words (word) VALUES (?)", word);
    return word;
  };
}

Deno.test("what may wait is committed together, also with what cannot wait", async () => {
  await withWords(async ({ groups, committed, stored }) => {
    const ended = [groups.commit(add("a"), "soon"), groups.commit(add("b"), "soon")];
    assert.deepEqual([committed, stored()], [[], []]);
    ended.push(groups.commit(add("claim"), "with others"));
    assert.deepEqual(committed, [3]);
    assert.deepEqual(await Promise.all(ended), ["a", "b", "claim"]);
    assert.deepEqual(stored(), ["a", "b", "claim"]);
  });
});

Deno.test("what waits for nothing is committed by itself after a moment", async () => {
  await withWords(async ({ groups, committed }) => {
    assert.deepEqual(
      await Promise.all([groups.commit(add("a"), "soon"), groups.commit(add("b"), "soon")]),
      ["a", "b"],
    );
    assert.equal(await groups.commit(add("c"), "soon"), "c");
    assert.deepEqual(committed, [2, 1]);
  });
});

Deno.test("what the homeserver waits for is committed alone, before what may wait", async () => {
  await withWords(async ({ groups, committed, stored }) => {
    const ended = groups.commit(add("may wait"), "soon");
    assert.equal(await groups.commit(add("awaited"), "alone"), "awaited");
    assert.equal(await ended, "may wait");
    assert.deepEqual(committed, [1, 1]);
    assert.deepEqual(stored(), ["awaited", "may wait"]);
  });
});

Deno.test("one transaction has twenty of them at most, in their order", async () => {
  await withWords(async ({ groups, committed, stored }) => {
    const words = Array.from({ length: 50 }, (_, number) => `${number}`);
    await Promise.all(words.map((word) => groups.commit(add(word), "soon")));
    assert.deepEqual(committed, [20, 20, 10]);
    assert.deepEqual(stored(), words);
  });
});

Deno.test("what fails does so alone, and the others are committed", async () => {
  await withWords(async ({ groups, stored }) => {
    const results = await Promise.allSettled([
      groups.commit(add("a"), "soon"),
      // deno-lint-ignore require-yield -- it fails before
      groups.commit(function* (): Steps<string> {
        throw new TypeError("damaged");
      }, "soon"),
      groups.commit(add("a"), "soon"),
      groups.commit(add("b"), "with others"),
    ]);
    assert.deepEqual(results.map(({ status }) => status), [
      ...["fulfilled", "rejected", "rejected", "fulfilled"],
    ]);
    assert.deepEqual(stored(), ["a", "b"]);
  });
});

Deno.test("nobody is told before it is on the disk, and nothing is lost when the database closes", async () => {
  await withWords(async ({ groups, committed, close }) => {
    let told = false;
    const ended = groups.commit(add("a"), "soon").then(() => told = true);
    await Promise.resolve();
    assert.equal(told, false);
    groups.flush();
    assert.deepEqual(committed, [1]);
    await ended;
    const late = groups.commit(add("late"), "soon");
    close();
    await assert.rejects(late, /is closed/);
  });
});
