import fc from "fast-check";
import assert from "node:assert/strict";
import { parseEmailAddress } from "../../src/domain/email_address.ts";
import { StoreError } from "../../src/identity/port.ts";
import { profileFrom } from "../../src/identity/raw_profile.ts";
import { userOf } from "../contracts/identity_store.ts";
import { profileWith } from "../fakes/identity/profile.ts";
import { collectLogs } from "../fakes/system/log_records.ts";
import { codePoint } from "../fakes/text/code_point.ts";

const BOB = userOf("bob");
const email = (address: string) => ({ medium: "email", address });

Deno.test("blank texts and repetitions are dropped, and only email addresses are used", () => {
  const profile = profileFrom("rest", BOB, {
    threepids: [
      { medium: "msisdn", address: "bob@example.org" },
      { medium: "Email", address: " bob@example.org " },
      email("bob@EXAMPLE.ORG"),
    ],
    displayName: " \t",
    language: "",
    roles: ["a", "b", "a"],
  });
  assert.deepEqual(profile, profileWith({ addresses: ["bob@example.org"], roles: ["a", "b"] }));
});

Deno.test("invalid values are logged with their store, an address only at debug", async () => {
  await using logs = await collectLogs();
  profileFrom("rest", BOB, { threepids: [email("no address")], language: "no language" });
  assert.deepEqual(
    logs.records.map(({ level, rawMessage, properties }) => [level, rawMessage, properties]),
    [
      ["warning", "invalid address dropped", { store: "rest", user: BOB }],
      ["debug", "invalid address", { store: "rest", user: BOB, address: '"no address"' }],
      ["warning", "invalid language dropped", { store: "rest", user: BOB }],
    ],
  );
});

Deno.test("of many invalid addresses the first ones are logged, and the number of the others", async () => {
  await using logs = await collectLogs();
  const threepids = Array.from({ length: 5000 }, (_, n) => email(`no address ${n}`));
  const { addresses } = profileFrom("rest", BOB, {
    threepids: [...threepids, email("bob@example.org")],
  });
  assert.deepEqual(addresses, ["bob@example.org"]);
  const told = ["invalid address dropped", { store: "rest", user: BOB }];
  const rest = { store: "rest", user: BOB, count: 4997 };
  assert.deepEqual(logs.at("warning"), [
    ...[told, told, told],
    ["more invalid addresses dropped", rest],
  ]);
  assert.equal(logs.at("debug").length, 3);
});

Deno.test("a name is cut at the end of a character", () => {
  const family = "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}";
  const cases: [string, string][] = [
    ["x".repeat(255), "x".repeat(255)],
    ["x".repeat(2 ** 20), `${"x".repeat(255)}\u2026`],
    [family.repeat(255), family.repeat(255)],
    [family.repeat(256), `${family.repeat(255)}\u2026`],
    [`Bob ${"\u0301".repeat(2 ** 20)}`, "Bob\u2026"],
  ];
  for (const [displayName, expected] of cases) {
    assert.equal(profileFrom("rest", BOB, { threepids: [], displayName }).displayName, expected);
  }
});

Deno.test("more addresses than a person can have are an error", () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => email(`b${n}@x.org`));
  assert.equal(profileFrom("sql", BOB, { threepids: many(50) }).addresses.length, 50);
  assert.throws(() => profileFrom("sql", BOB, { threepids: many(51) }), (error: unknown) => {
    assert.ok(error instanceof StoreError);
    assert.equal(error.message, "sql: it returns 51 addresses for one person");
    return error.kind === "misconfigured";
  });
});

Deno.test("languages are canonical or dropped", () => {
  const cases: [string, string | undefined][] = [
    ["de", "de"],
    ["DE_at", "de-AT"],
    [" zh-hant-tw ", "zh-Hant-TW"],
    ["de_DE.UTF-8", undefined],
    ["../../etc", undefined],
    ["de,en;q=0.5", undefined],
  ];
  for (const [language, expected] of cases) {
    assert.equal(profileFrom("rest", BOB, { threepids: [], language }).language, expected);
  }
});

Deno.test("only valid addresses are returned, whatever a store returns", () => {
  fc.assert(fc.property(
    fc.array(
      fc.record({
        medium: fc.constantFrom("email", "EMAIL", "msisdn", ""),
        address: fc.oneof(fc.string({ unit: codePoint }), fc.emailAddress()),
      }),
      { maxLength: 50 },
    ),
    fc.string({ unit: codePoint }),
    (threepids, language) => {
      const profile = profileFrom("rest", BOB, { threepids, language, displayName: language });
      for (const address of profile.addresses) assert.equal(parseEmailAddress(address), address);
    },
  ));
});
