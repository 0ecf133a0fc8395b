import type { LogRecord } from "@logtape/logtape";
import fc from "fast-check";
import assert from "node:assert/strict";
import { describeError, journalLine, jsonLine, readableLine } from "../../src/cli/log_line.ts";
import { Secret } from "../../src/settings/secret.ts";
import { codePoint } from "../fakes/text/code_point.ts";

function record(
  properties: Record<string, unknown>,
  message: unknown[] = ["mail sent"],
): LogRecord {
  return {
    category: ["appservice-mxisd", "notify"],
    level: "info",
    message,
    rawMessage: "mail sent",
    timestamp: Date.UTC(2027, 0, 4, 9, 30),
    properties,
  };
}

Deno.test("a readable line has time, level, part, event and properties", () => {
  const properties = {
    mail: 7,
    room: "!plans:example.org",
    reason: "two words",
    absent: undefined,
  };
  assert.equal(
    readableLine(record(properties)),
    '2027-01-04 09:30:00 INFO    notify: mail sent mail=7 room=!plans:example.org reason="two words"',
  );
});

Deno.test("a JSON line has the same, each under its name", () => {
  assert.deepEqual(JSON.parse(jsonLine(record({ mail: 7, list: ["a"] }))), {
    time: "2027-01-04T09:30:00.000Z",
    level: "info",
    part: "notify",
    event: "mail sent",
    mail: 7,
    list: ["a"],
  });
});

Deno.test("a property does not replace the event, the level or the time", () => {
  const line = JSON.parse(jsonLine(record({ event: "x", level: "fatal", time: 0, part: "y" })));
  assert.deepEqual(line, {
    time: "2027-01-04T09:30:00.000Z",
    level: "info",
    part: "notify",
    event: "mail sent",
  });
});

for (const [name, format] of [["readable", readableLine], ["JSON", jsonLine]] as const) {
  Deno.test(`a ${name} line is one line without control or hidden characters, whatever is logged`, () => {
    const hostile = fc.oneof(
      fc.string({ unit: codePoint }),
      fc.string({
        unit: fc.constantFrom("\x1b[2J", "\n", "\u202e", "\u2028", "\x9b", "\ud800", '"'),
      }),
    );
    fc.assert(fc.property(hostile, fc.jsonValue(), (text, value) => {
      const line = format(record({ text, value, error: new Error(text) }, ["event ", text]));
      assert.doesNotMatch(line, /[\p{C}\p{Zl}\p{Zp}]/u);
      if (format === jsonLine) assert.equal(JSON.parse(line).text, text);
    }));
  });

  Deno.test(`a ${name} line has no secret, at any depth`, () => {
    const secret = new Secret("hunter2");
    const line = format(record({ secret, deep: { list: [secret] } }, ["login ", secret]));
    assert.ok(!line.includes("hunter2"));
    assert.match(line, /\[redacted\]/);
  });

  Deno.test(`a ${name} line has an error with its causes, at any depth`, () => {
    const error = new Error("no answer", { cause: new TypeError("refused") });
    const described = "Error: no answer, caused by TypeError: refused";
    const line = format(record({ error, deep: { error } }));
    assert.equal(line.split(described).length, 3);
  });

  Deno.test(`a ${name} line has due times in UTC`, () => {
    const line = format(record({ dueAt: 1_800_000_000_000, until: Infinity, other: 18n }));
    assert.match(line, /2027-01-15T08:00:00\.000Z/);
    assert.match(line, /18/);
  });
}

Deno.test("an error's causes are logged up to a limit", () => {
  const circle = new Error("again");
  circle.cause = circle;
  assert.equal(describeError(circle).match(/again/g)?.length, 5);
  assert.equal(describeError(new RangeError()), "RangeError");
  assert.equal(describeError("text"), "text");
});

Deno.test("a record without a part is main's", () => {
  assert.match(readableLine({ ...record({}), category: ["appservice-mxisd"] }), / main: /);
});

Deno.test("a line for the journal has its priority, no time, and no second line", () => {
  const hostile = record({ reason: "one\n<0>two" });
  assert.equal(journalLine(hostile), '<6>notify: mail sent reason="one\\n<0>two"');
  const levels = ["trace", "debug", "info", "warning", "error", "fatal"] as const;
  assert.deepEqual(
    levels.map((level) => journalLine({ ...record({}), level }).slice(0, 3)),
    ["<7>", "<7>", "<6>", "<4>", "<3>", "<2>"],
  );
});
