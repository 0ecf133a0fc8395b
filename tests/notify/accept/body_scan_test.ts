import fc from "fast-check";
import assert from "node:assert/strict";
import { compileScan as compile, TARGET } from "../../../scripts/build_scan.ts";
import { hashUserId } from "../../../src/domain/user_id_hash.ts";
import {
  compileScan,
  looksLikeObject,
  mayHoldMembership,
  scanBody,
  scanWithExpressions,
} from "../../../src/notify/accept/body_scan.ts";
import { IS_THOROUGH, runs } from "../../thorough.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** One choice of all that a JSON serialiser is free to choose, taken from a list of numbers. */
function serialise(value: unknown, choices: () => number): string {
  function space(): string {
    return ["", "", "", " ", "\n", "\t", "\r\n  "][choices() % 7] ?? "";
  }
  function text(string: string): string {
    const letters = [...string].map((letter) => {
      const plain = JSON.stringify(letter).slice(1, -1);
      // Any character may be escaped, its hexadecimal digits in either case.
      if (choices() % 8 > 0 || letter.length > 1) return plain;
      const code = letter.charCodeAt(0).toString(16).padStart(4, "0");
      return `\\u${choices() % 2 ? code.toUpperCase() : code}`;
    });
    return `"${letters.join("")}"`;
  }
  function any(part: unknown): string {
    if (typeof part === "string") return text(part);
    if (typeof part !== "object" || part === null) return JSON.stringify(part);
    const list = Array.isArray(part);
    const members = list
      ? part.map(any)
      : Object.entries(part).map(([key, member]) =>
        `${text(key)}${space()}:${space()}${any(member)}`
      );
    const inside = members.map((member) => `${space()}${member}${space()}`).join(",");
    return list ? `[${inside}]` : `{${inside || space()}}`;
  }
  return any(value);
}

const numbers = fc.infiniteStream(fc.nat()).map((stream) => () => stream.next().value as number);

function bodyWith(membership: string): fc.Arbitrary<string> {
  return fc.tuple(fc.array(fc.jsonValue()), fc.array(fc.jsonValue()), fc.jsonValue(), numbers)
    .map(([before, behind, extra, choices]) =>
      serialise({ events: [...before, { content: { extra, membership } }, ...behind] }, choices)
    );
}

const NOBODY: ReadonlySet<number> = new Set();
const compiled = compileScan();
assert.ok(compiled);
const webAssembly = (body: Uint8Array, awaited = NOBODY) => compiled(body, awaited);
const scanWithExpression = (body: Uint8Array) => scanWithExpressions(body, NOBODY);
const SCANS: Readonly<Record<string, (body: Uint8Array) => boolean>> = {
  "in WebAssembly": webAssembly,
  "with expressions": scanWithExpression,
  "while answers are expected": mayHoldMembership,
};

for (const [name, scan] of Object.entries(SCANS)) {
  Deno.test(`no invite is missed ${name}, however the body is written`, () => {
    fc.assert(
      fc.property(bodyWith("invite"), (body) => {
        // The body says what it should, and the scan sees it.
        assert.ok(JSON.stringify(JSON.parse(body)).includes('"membership":"invite"'));
        assert.ok(scan(bytes(body)), body);
      }),
      runs(500),
    );
  });
}

Deno.test("both scans for invites agree on every body that is a JSON object", () => {
  const membership = fc.constantFrom(
    "invite",
    "Invite",
    "join",
    "",
    'invite"',
    "\\u0069",
    "invites",
  );
  fc.assert(
    fc.property(membership.chain(bodyWith), (body) => {
      assert.equal(webAssembly(bytes(body)), scanWithExpression(bytes(body)), body);
    }),
    runs(500),
  );
});

// Every character that a user ID may have.
const ASCII = Array.from({ length: 94 }, (_, index) => String.fromCharCode(index + 0x21));
const userId = fc.string({ unit: fc.constantFrom(...ASCII), maxLength: 200 })
  .map((text) => `@${text.replaceAll(":", "")}:example.org`);

function awaiting(...users: string[]): ReadonlySet<number> {
  return new Set(users.map(hashUserId));
}

Deno.test("nobody who is awaited is missed, however and wherever they are written", () => {
  const around = fc.tuple(fc.array(fc.jsonValue()), fc.array(fc.jsonValue()), fc.jsonValue());
  fc.assert(
    fc.property(
      around,
      userId,
      numbers,
      fc.boolean(),
      ([before, behind, extra], user, next, isKey) => {
        const event = isKey ? { [user]: extra } : { extra, state_key: user };
        const body = bytes(serialise({ events: [...before, event, ...behind] }, next));
        assert.ok(compiled(body, awaiting(user)), user);
        assert.ok(scanWithExpressions(body, awaiting(user)), user);
      },
    ),
    runs(500),
  );
});

Deno.test("both scans agree on who is awaited in a body without escapes", () => {
  const plain = fc.stringMatching(/^@?[a-z:. ]{0,300}$/);
  fc.assert(
    fc.property(fc.array(fc.record({ state_key: plain, sender: plain })), plain, (events, user) => {
      const body = bytes(JSON.stringify({ events }));
      const isThere = user.startsWith("@") && user.length <= 256 &&
        events.some(({ state_key, sender }) => state_key === user || sender === user);
      assert.equal(compiled(body, awaiting(user)), isThere);
      assert.equal(scanWithExpressions(body, awaiting(user)), isThere);
    }),
    runs(500),
  );
});

Deno.test("somebody who is awaited is found at every place of a large body", () => {
  const KIB = 1024;
  const user = `@${"u".repeat(240)}:example.org`;
  const body = new Uint8Array(140 * KIB).fill(0x78);
  const text = bytes(`"${user}"`);
  for (let at = 63 * KIB; at < 64 * KIB + 300; at++) {
    body.set(text, at);
    assert.ok(compiled(body, awaiting(user)), `at ${at}`);
    assert.ok(!compiled(body, awaiting("@alice:example.org")));
    body.fill(0x78, at, at + text.length);
  }
});

// What a scan looks for, whole and in pieces.
const PIECES = [
  ...[
    ":",
    '"',
    "\\",
    "u",
    "v",
    '"invite"',
    '"invit',
    ':"invite"',
    ': "invite"',
    "\\u0069",
    "\\u006",
  ],
  ...["\\u007", "\\\\u0065", "\\U0069", "\t", "\r\n", " ", "\u00e9", "\ud83d\ude00", "{", "}", ","],
];

Deno.test("in any bytes the scan in WebAssembly sees what the expression sees", () => {
  const piece = fc.oneof(
    fc.constantFrom(...PIECES).map(bytes),
    fc.uint8Array({ maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const body = new Uint8Array(pieces.flatMap((piece) => [...piece]));
      assert.ok(webAssembly(body) || !scanWithExpression(body));
    }),
    runs(500),
  );
});

Deno.test("an invite is found at every place of a large body, and nothing where there is none", () => {
  const KIB = 1024;
  const body = new Uint8Array(200 * KIB).fill(0x78);
  const invite = bytes(':        "invite"');
  for (const part of [0, 64 * KIB, 2 * (64 * KIB - 64)]) {
    for (let at = Math.max(0, part - 130); at < part + 130; at++) {
      assert.ok(!webAssembly(body));
      body.set(invite, at);
      assert.ok(webAssembly(body), `at ${at}`);
      body.fill(0x78, at, at + invite.length);
    }
  }
  const blanks = new Uint8Array(150 * KIB).fill(0x20);
  blanks.set(bytes(":"), 0);
  blanks.set(bytes('"invite"'), blanks.length - 8);
  assert.ok(webAssembly(blanks), "behind much white space");
});

Deno.test("a scan finds nothing of the body before", () => {
  assert.ok(webAssembly(bytes(`{"a":"${"x".repeat(30)}","membership":"invite"}`)));
  for (let length = 0; length < 80; length++) assert.ok(!webAssembly(bytes("x".repeat(length))));
});

Deno.test("the compiled scan is what its source gives", async () => {
  assert.equal(await Deno.readTextFile(TARGET), await compile(), "run: deno task build:scan");
});

Deno.test("no answer is missed while answers are expected, however the body is written", () => {
  const membership = fc.constantFrom("join", "leave", "ban").chain(bodyWith);
  fc.assert(
    fc.property(membership, (body) => assert.ok(mayHoldMembership(bytes(body)), body)),
    runs(500),
  );
});

Deno.test("no invite is missed beside invalid UTF-8", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 8 }),
      fc.uint8Array({ maxLength: 8 }),
      (before, behind) => {
        const body = Uint8Array.of(...before, ...bytes(':"invite"'), ...behind);
        assert.ok(scanBody(body, NOBODY));
      },
    ),
    runs(500),
  );
});

Deno.test("only the body's part of a larger buffer is scanned", () => {
  const around = bytes('{"membership":"invite"}{"events":[]}{"membership":"invite"}');
  assert.equal(webAssembly(around.subarray(23, 36)), false);
  assert.equal(webAssembly(around.subarray(0, 23)), true);
});

for (
  const [name, body] of Object.entries({
    "a message that speaks of an invite": '{"body":"\\"membership\\": \\"invite\\""}',
    "power levels, where invite is a key": '{"content":{"invite":50,"ban":50}}',
    "a list with the word": '{"words":["x", "invite"]}',
    "an escaped umlaut": '{"body":"\\u00e4"}',
    "a join while no answer is expected": '{"membership":"join"}',
  })
) {
  Deno.test(`${name} does not make a body worth parsing`, () => {
    assert.equal(scanBody(bytes(body), NOBODY), false);
  });
}

Deno.test("the scan takes time in proportion to the body, whatever is in it", () => {
  for (const piece of ['"@', '"@x', ": ", ':"invit', '"invite"', "\\u00", " "]) {
    const body = bytes(piece.repeat(IS_THOROUGH ? 2_000_000 : 500_000));
    const before = performance.now();
    mayHoldMembership(body);
    for (const scan of [webAssembly, scanWithExpressions]) scan(body, new Set([1]));
    // A fraction of a second; in proportion to the square it would be hours.
    assert.ok(performance.now() - before < 60_000, piece);
  }
});

Deno.test("an object is recognised by its first and last byte", () => {
  for (const body of ["{}", " {} ", '\r\n\t{"a":1}\n']) {
    assert.ok(looksLikeObject(bytes(body)), body);
  }
  for (const body of ["", " ", "{", "}", "}{", "[]", "{}x", "\u00a0{}", "\ufeff{}", '"{}"']) {
    assert.ok(!looksLikeObject(bytes(body)), body);
  }
});
