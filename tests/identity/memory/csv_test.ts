import assert from "node:assert/strict";
import { parseCsv } from "../../../src/identity/memory/csv.ts";

function fields(text: string) {
  const parsed = parseCsv(text);
  assert.equal(parsed.kind, "records");
  return parsed.kind === "records" ? parsed.records.map((record) => record.fields) : [];
}

Deno.test("CSV: fields, records and both kinds of line ends", () => {
  assert.deepEqual(fields("a,b\r\n1,2\n3,"), [["a", "b"], ["1", "2"], ["3", ""]]);
  assert.deepEqual(fields("\uFEFFa,b\n"), [["a", "b"]]);
  assert.deepEqual(fields("a\n\nb\n"), [["a"], [""], ["b"]]);
  assert.deepEqual(fields(" a , b "), [[" a ", " b "]]);
  assert.deepEqual(fields(",\n,"), [["", ""], ["", ""]]);
  assert.deepEqual(fields(""), []);
});

Deno.test("CSV: text in quotation marks is literal", () => {
  assert.deepEqual(fields('"a,b","c ""d""","e\r\nf\n"\n"","",""'), [
    ["a,b", 'c "d"', "e\r\nf\n"],
    ["", "", ""],
  ]);
});

Deno.test("CSV: records know the line they begin in", () => {
  const parsed = parseCsv('a\n"1\n2"\nb\n');
  assert.ok(parsed.kind === "records");
  assert.deepEqual(parsed.records.map((record) => record.line), [1, 2, 4]);
});

Deno.test("CSV: an error names its line", () => {
  const cases: [string, number, RegExp][] = [
    ['a\nb"c\n', 2, /inside a field/],
    ['a\n"b"c\n', 2, /closing quotation mark/],
    ['a\n"b\nc\n', 2, /not closed/],
    ['a,b\n"1\n2",3\n4\n', 4, /expected 2 fields.* found 1/],
    ["a,b\n1,2,3\n", 2, /found 3/],
    ["a,b\n\n1,2\n", 2, /found 1/],
    ["a\rb", 1, /./],
  ];
  for (const [text, line, reason] of cases) {
    const parsed = parseCsv(text);
    assert.ok(parsed.kind === "invalid", JSON.stringify(text));
    assert.equal(parsed.line, line, JSON.stringify(text));
    assert.match(parsed.reason, reason);
  }
});

Deno.test("CSV: a large text takes little time", () => {
  const text = `a,b\n${'x,"y ""z"""\n'.repeat(100_000)}`;
  assert.equal(fields(text).length, 100_001);
  assert.equal(parseCsv(`"${"x".repeat(1_000_000)}`).kind, "invalid");
});
