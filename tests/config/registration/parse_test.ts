import fc from "fast-check";
import assert from "node:assert/strict";
import { parseRegistration } from "../../../src/config/registration/parse.ts";
import { codePoint } from "../../fakes/text/code_point.ts";

const GOOD = `id: appservice-mxisd
url: http://127.0.0.1:8090
as_token: as-token-0123456789
hs_token: hs-token-0123456789
sender_localpart: mxisd
namespaces:
  users:
    - regex: '^@.*:example\\.org$'
      exclusive: false
  aliases: []
  rooms: []
`;

/** The problems of a registration, as `line:column severity key: message`. */
function problemsOf(text: string): readonly string[] {
  return parseRegistration(text).problems.map(({ line, column, severity, key, message }) =>
    `${line}:${column} ${severity} ${key}: ${message}`
  );
}

function problemsWith(from: string, to: string): readonly string[] {
  assert.ok(GOOD.includes(from));
  return problemsOf(GOOD.replace(from, to));
}

Deno.test("a valid registration has no problems", () => {
  const read = parseRegistration(GOOD);
  assert.ok(read.kind === "read");
  const { as_token, hs_token, positions: _, ...rest } = read.registration;
  assert.deepEqual(read.problems, []);
  assert.equal(as_token.reveal(), "as-token-0123456789");
  assert.equal(hs_token.reveal(), "hs-token-0123456789");
  assert.deepEqual(rest, {
    id: "appservice-mxisd",
    url: "http://127.0.0.1:8090",
    sender_localpart: "mxisd",
    namespaces: {
      users: [{ key: "namespaces.users[0]", regex: "^@.*:example\\.org$", exclusive: false }],
      aliases: [],
      rooms: [],
    },
  });
});

Deno.test("a byte order mark and CRLF have no effect", () => {
  assert.deepEqual(problemsOf(`\uFEFF${GOOD.replaceAll("\n", "\r\n")}`), []);
});

Deno.test("group_id is harmless, at the top and in a namespace", () => {
  const problems = problemsWith("exclusive: false", "exclusive: false\n      group_id: +a:b.org");
  assert.deepEqual(problems, [
    "10:7 notice namespaces.users[0].group_id: was for communities, which no longer exist: " +
    "it may be removed",
  ]);
  assert.match(problemsOf(`${GOOD}group_id: x\n`).join(), /^12:1 notice group_id: was for/);
});

Deno.test("an unknown key is a notice at its position, without control characters", () => {
  assert.deepEqual(problemsOf(`${GOOD}"rate\\e[31m": false\n`), [
    '12:1 notice rate\\u{1b}[31m: the key "rate\\u{1b}[31m" is not in the specification',
  ]);
});

Deno.test("a value that some homeserver does not read as text is reported", () => {
  for (
    const [value, kind] of [
      ["0123456", "a number"],
      ["1_000", "a number"],
      ["12e3", "a number"],
      ["22:00", "a number"],
      ["true", "a boolean"],
      ["on", "a boolean"],
      ["2026-01-01", "a date"],
    ] as const
  ) {
    assert.deepEqual(problemsWith("as-token-0123456789", value), [
      `3:1 error as_token: is read as ${kind}, not as text: put it in quotes`,
    ]);
    assert.deepEqual(problemsWith("as-token-0123456789", `"${value}"`), []);
  }
});

Deno.test("a token that is a number keeps its text", () => {
  const read = parseRegistration(GOOD.replace("hs-token-0123456789", "0123456789"));
  assert.ok(read.kind === "read");
  assert.equal(read.registration.hs_token.reveal(), "0123456789");
});

Deno.test("each missing or empty required key breaks the registration", () => {
  for (const key of ["id", "as_token", "hs_token", "sender_localpart"]) {
    for (const [value, what] of [["", "is missing"], ["''", "is empty"], ["[a]", "is missing"]]) {
      const text = GOOD.replace(new RegExp(`^${key}: .*$`, "m"), `${key}: ${value}`);
      const read = parseRegistration(text);
      assert.equal(read.kind, "broken");
      const [problem, ...others] = read.problems;
      assert.deepEqual([problem?.severity, problem?.key, others], ["error", key, []]);
      assert.ok(what && problem?.message.startsWith(what), problem?.message ?? "");
    }
  }
});

Deno.test("a null URL is valid, a missing one is an error", () => {
  const read = parseRegistration(GOOD.replace("http://127.0.0.1:8090", "null"));
  assert.ok(read.kind === "read");
  assert.equal(read.registration.url, null);
  assert.deepEqual(read.problems, []);
  const [problem] = problemsWith("url: http://127.0.0.1:8090\n", "");
  assert.match(problem ?? "", /^1:1 error url: is missing, and homeservers refuse a file without/);
  assert.match(
    problemsWith("http://127.0.0.1:8090", "127.0.0.1:8090").join(),
    /is not an http or https URL/,
  );
});

Deno.test("what Synapse refuses is an error", () => {
  assert.match(problemsWith("appservice-mxisd", "a|b").join(), /^1:1 error id: contains '\|'/);
  assert.match(problemsWith(": mxisd", ": mx@isd").join(), /^5:1 error sender_localpart: has/);
  assert.match(problemsWith("as-token", "as-t\u00f6ken").join(), /^3:1 error as_token: has/);
  assert.match(problemsWith("exclusive: false", "exclusive: 1").join(), /^9:7 error .* true or/);
  assert.match(problemsWith("      exclusive: false\n", "").join(), /error .*exclusive: expected/);
  assert.match(
    problemsWith("aliases: []", "aliases:").join(),
    /^10:3 error .*aliases: is not a list/,
  );
  assert.match(problemsWith("rooms: []", "rooms: [a]").join(), /error .*rooms\[0\]: expected the/);
  assert.match(problemsWith("regex: '^@.*:example\\.org$'", "regex: 1").join(), /read as a number/);
});

Deno.test("what only some homeservers accept is a warning or a notice", () => {
  assert.match(problemsWith("hs-token", "hs/token").join(), /^4:1 warning hs_token: some/);
  assert.deepEqual(problemsWith("as-token", "as/token"), []);
  assert.match(problemsWith("exclusive: false", "exclusive: no").join(), /^9:7 warning/);
  assert.match(
    problemsWith("  rooms: []\n", "").join(),
    /^6:1 notice namespaces.rooms: is missing/,
  );
});

Deno.test("a YAML alias is resolved", () => {
  const text = GOOD.replace("as_token: as", "as_token: &token as").replace(
    "mxisd\nurl",
    "mxisd\nurl",
  );
  const read = parseRegistration(text.replace("hs-token-0123456789", "*token"));
  assert.ok(read.kind === "read");
  assert.equal(read.registration.hs_token.reveal(), "as-token-0123456789");
});

Deno.test("a file that is not a registration is broken, with a line, and no message shows a token", () => {
  for (
    const [text, problem] of [
      ["", /^1:1 error : is not a registration/],
      ["- a\n", /^1:1 error : is not a registration/],
      ["hello", /^1:1 error : is not a registration/],
      [`${GOOD}hs_token: other\n`, /^12:1 error : this key is duplicated/],
      [GOOD.replace("as_token:", "\tas_token:"), /^3:\d+ error : /],
      [`${GOOD}---\n${GOOD}`, /^12:\d+ error : /],
      [GOOD.replace("hs_token: hs", "hs_token: 'hs"), /^\d+:\d+ error : /],
      [GOOD.replace("hs_token: ", "hs_token "), /^\d+:\d+ error : /],
    ] as const
  ) {
    assert.equal(parseRegistration(text).kind, "broken", text);
    assert.match(problemsOf(text)[0] ?? "", problem);
    assert.doesNotMatch(problemsOf(text).join(), /token-0123/);
  }
});

Deno.test("any text is parsed without an exception, and a broken one has an error", () => {
  const lines = fc.array(
    fc.oneof(
      fc.string({ unit: codePoint }),
      fc.constantFrom(...GOOD.split("\n"), "<<: *a", "? &a"),
    ),
  );
  fc.assert(fc.property(lines, (lines) => {
    const read = parseRegistration(lines.join("\n"));
    for (const { line, column } of read.problems) assert.ok(line >= 1 && column >= 1);
    assert.ok(read.kind === "read" || read.problems.some(({ severity }) => severity === "error"));
  }));
});
