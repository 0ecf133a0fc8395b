import assert from "node:assert/strict";
import { answer, each, type Rows, type Steps } from "../../../src/outbox/sql/steps.ts";

const FOLDERS = ["", "administration/", "bounces/", "gathering/"];
const ROOT = new URL("../../../src/outbox/sql/", import.meta.url);
const NO_ROWS: Rows = { rows: [], changes: 0 };

/** The calls of steps in a source that are neither taken nor handed on, with their lines. */
function forgotten(source: string, steps: ReadonlySet<string>): string[] {
  const calls = /(.*?)\b((?:database\.(?:all|get|run|part))|\w+)\(/g;
  return source.split("\n").flatMap((line, index) => {
    if (/^\s*(?:\/\/|\*|\/\*\*)/.test(line)) return [];
    return [...line.matchAll(calls)].flatMap(([, before = "", name = ""]) => {
      const isStep = name.startsWith("database.") || steps.has(name);
      // Taken, handed on by an arrow function or a ternary in one, or where it is declared.
      const isFine = /(?:yield\* |=>\s*|function\* |async |\w\.|[?:] |^\s+)$/.test(before) &&
        !/^\s+$/.test(before);
      const isAlone = /^\s+$/.test(before) && /(?:=>|\?|:)\s*$/.test(lineBefore(source, index));
      return !isStep || isFine || isAlone ? [] : [`${index + 1}: ${line.trim()}`];
    });
  });
}

function lineBefore(source: string, index: number): string {
  return source.split("\n")[index - 1] ?? "";
}

async function sources(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const folder of FOLDERS) {
    for await (const { name, isFile } of Deno.readDir(new URL(folder, ROOT))) {
      if (!isFile) continue;
      files.set(folder + name, await Deno.readTextFile(new URL(folder + name, ROOT)));
    }
  }
  return files;
}

function namesOfSteps(source: string): string[] {
  return [...source.matchAll(/function\* (\w+)/g)].map(([, name = ""]) => name);
}

Deno.test("no step on the tables is forgotten", async () => {
  const found: string[] = [];
  for (const [file, source] of await sources()) {
    const imported = [...source.matchAll(/import \{([^}]*)\} from "\.\.?\//g)]
      .flatMap(([, names = ""]) => names.split(",").map((name) => name.trim()));
    const known = new Set(namesOfSteps(source));
    for (const other of (await sources()).values()) {
      for (const name of namesOfSteps(other)) if (imported.includes(name)) known.add(name);
    }
    found.push(...forgotten(source, known).map((line) => `${file}:${line}`));
  }
  assert.deepEqual(found, []);
});

Deno.test("a forgotten step would be found", () => {
  const steps = new Set(["wakeAll"]);
  for (
    const line of [
      '  database.run("DELETE FROM seen");',
      "  wakeAll(database);",
      "  const row = database.get(sql);",
      "  return wakeAll(database);",
      "  if (wakeAll(database)) return;",
    ]
  ) assert.equal(forgotten(`{\n${line}`, steps).length, 1, line);
  for (
    const line of [
      '  yield* database.run("DELETE FROM seen");',
      "  const [row] = yield* database.all(sql);",
      "  yield* each(ids, (id) => wakeAll(database));",
      "function* wakeAll(database: Engine): Steps<void> {",
      "  // wakeAll(database)",
    ]
  ) assert.deepEqual(forgotten(`{\n${line}`, steps), [], line);
});

Deno.test("work on items takes their steps in order, and returns their results", () => {
  function* twice(item: number): Steps<number> {
    const { changes } = yield { sql: `${item}`, values: [] };
    return 2 * item + changes;
  }
  const work = each([1, 2], twice);
  assert.deepEqual(work.next(), { done: false, value: { sql: "1", values: [] } });
  assert.deepEqual(work.next(NO_ROWS), { done: false, value: { sql: "2", values: [] } });
  assert.deepEqual(work.next({ rows: [], changes: 5 }), { done: true, value: [2, 9] });
});

Deno.test("a rule's questions are looked up one after another", () => {
  function* rule(): Generator<string, string, number> {
    return `${(yield "a") + (yield "b")}`;
  }
  const work = answer(rule(), function* (question) {
    yield { sql: question, values: [] };
    return question.charCodeAt(0);
  });
  assert.deepEqual(work.next().value, { sql: "a", values: [] });
  assert.deepEqual(work.next(NO_ROWS).value, { sql: "b", values: [] });
  assert.deepEqual(work.next(NO_ROWS), { done: true, value: "195" });
});
