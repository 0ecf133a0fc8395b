import assert from "node:assert/strict";
import {
  checkRegistration,
  type ExpectedRegistration,
} from "../../../src/config/registration/compare.ts";
import { generateRegistration } from "../../../src/config/registration/generate.ts";
import { parseRegistration, type Registration } from "../../../src/config/registration/parse.ts";
import { WANTED } from "./wanted.ts";

const TEXT = generateRegistration(WANTED, () => assert.fail());

function registrationOf(text: string): Registration {
  const read = parseRegistration(text);
  assert.ok(read.kind === "read");
  return read.registration;
}

/** The problems as `severity key: message`, of a registration in which one text is another. */
function problems(
  [from, to]: readonly [string, string],
  expected: ExpectedRegistration = WANTED,
): readonly string[] {
  assert.ok(TEXT.includes(from));
  const found = checkRegistration(registrationOf(TEXT.replace(from, () => to)), expected);
  for (const { message } of found) assert.doesNotMatch(message, /token-0123/);
  return found.map(({ severity, key, message }) => `${severity} ${key}: ${message}`);
}

const AS = "'as-token-0123456789'";
const HS = "'hs-token-0123456789'";
const REGEX = "'^@.*:example\\.org$'";

Deno.test("a registration that matches the configuration has no problems", () => {
  assert.deepEqual(checkRegistration(registrationOf(TEXT), WANTED), []);
  assert.deepEqual(checkRegistration(registrationOf(TEXT), { domain: "example.org" }), []);
});

Deno.test("a problem has the line and column of its key", () => {
  const [problem] = checkRegistration(registrationOf(TEXT), { ...WANTED, id: "other" });
  const line = TEXT.split("\n").findIndex((line) => line.startsWith("id:")) + 1;
  assert.deepEqual(problem, {
    line,
    column: 1,
    key: "id",
    severity: "error",
    message: 'the configuration has "other": write that here',
  });
});

Deno.test("tokens that differ are reported one by one, and never shown", () => {
  const [as, ...none] = problems([AS, "'other'"]);
  assert.match(as ?? "", /^error as_token: differs from the configuration \(.*toHS\.token/);
  const [hs, ...others] = problems([HS, "'other'"]);
  assert.match(hs ?? "", /^error hs_token: differs from the configuration \(.*toAS\.token/);
  assert.deepEqual([...none, ...others], []);
});

Deno.test("swapped tokens are recognised, even if the configuration has only one", () => {
  const swapped = registrationOf(
    TEXT.replace(AS, "'x'").replace(HS, AS).replace("'x'", HS),
  );
  for (const { asToken, hsToken } of [WANTED, { hsToken: WANTED.hsToken }] as const) {
    const found = checkRegistration(swapped, { domain: "example.org", asToken, hsToken });
    assert.equal(found.length, 1);
    assert.match(found[0]?.message ?? "", /^as_token and hs_token are swapped/);
  }
});

Deno.test("two equal tokens are a warning if the configuration has them as well", () => {
  const same = { ...WANTED, hsToken: WANTED.asToken };
  const [only, ...others] = problems([HS, AS], same);
  assert.match(only ?? "", /^warning hs_token: is the same as as_token/);
  assert.deepEqual(others, []);
  assert.match(
    problems([HS, AS]).join("\n"),
    /^warning .*\nerror hs_token: differs from the config/,
  );
});

Deno.test("slashes at the end of a URL are ignored", () => {
  assert.deepEqual(problems(["8090'", "8090//'"]), []);
  assert.match(
    problems(["8090'", "8091'"]).join(),
    /^error url: is "http:\/\/127.0.0.1:8091", but/,
  );
  assert.match(
    problems(["'http://127.0.0.1:8090'", "null"]).join(),
    /^error url: is null, so that no event is pushed/,
  );
});

Deno.test("a password in a URL is not shown", () => {
  const [found] = problems(["http://127", "http://user:secret@127"]);
  assert.match(found ?? "", /^error url/);
  assert.doesNotMatch(found ?? "", /secret/);
});

Deno.test("another sender is a warning", () => {
  assert.deepEqual(problems(["'mxisd'", "other"]), [
    'warning sender_localpart: the configuration has "mxisd": write that here',
  ]);
});

Deno.test("the regular expression of mxisd's documentation matches all users", () => {
  const [found, ...others] = problems([REGEX, "'@*'"]);
  assert.match(
    found ?? "",
    /^warning namespaces\.users\[0\]\.regex: "@\*" matches all users of all homeservers/,
  );
  assert.ok(found?.endsWith("write '^@.*:example\\.org$'"), found ?? "");
  assert.deepEqual(others, []);
});

Deno.test("the regular expression that mxisd wrote matches no user", () => {
  for (const regex of ["@*:example.org", "^@*:example\\.org$"]) {
    const [found, ...others] = problems([REGEX, `'${regex}'`]);
    assert.match(found ?? "", /^error namespaces\.users\[0\]\.regex: .* matches no user: '\*'/);
    assert.deepEqual(others, []);
  }
});

Deno.test("a regular expression that also matches other homeservers is a warning with an example", () => {
  for (
    const [regex, example] of [
      ["@.*", "@alice:other.invalid"],
      [".*", "@alice:other.invalid"],
      ["^@.*:example\\.org", "@alice:example.org.other.invalid"],
      ["^@.*:example.org$", "@alice:examplexorg"],
      ["^@.*example\\.org$", "@alice:other.example.org"],
    ] as const
  ) {
    const [found, ...others] = problems([REGEX, `'${regex}'`]);
    assert.ok(
      found?.includes(`also matches users of other homeservers, such as ${example}: write`),
      found ?? "",
    );
    assert.match(found ?? "", /^warning namespaces\.users\[0\]\.regex/);
    assert.deepEqual(others, []);
  }
});

Deno.test("a regular expression without a '^' is a notice", () => {
  const [found, ...others] = problems([REGEX, "'@.*:example\\.org$'"]);
  assert.match(found ?? "", /^notice namespaces\.users\[0\]\.regex: .* has no '\^'/);
  assert.deepEqual(others, []);
});

Deno.test("an expression that matches no user is an error, one that matches some is a notice", () => {
  assert.match(
    problems([REGEX, "'^@.*:example\\.com$'"]).join("\n"),
    /error namespaces\.users: matches none of the tested users of example\.org/,
  );
  assert.deepEqual(problems([REGEX, "'^@[a-m].*:example\\.org$'"]), [
    "notice namespaces.users: does not match all users: no email to @0815:example.org, for example; " +
    "for all, write '^@.*:example\\.org$'",
  ]);
});

Deno.test("two namespaces may match all users together", () => {
  const two = "'^@[a-m].*:example\\.org$'\n      exclusive: false\n" +
    "    - regex: '^@[^a-m].*:example\\.org$'";
  assert.deepEqual(problems([REGEX, two]), []);
});

Deno.test("a regular expression that cannot be tested is only a notice", () => {
  const [found, ...others] = problems([REGEX, "'^@.*+:example\\.org$'"]);
  assert.match(found ?? "", /^notice .* could not be tested/);
  assert.deepEqual(others, []);
});

Deno.test("an exclusive namespace of all users is an error", () => {
  assert.match(
    problems(["exclusive: false", "exclusive: true"]).join(),
    /^error namespaces\.users\[0\]\.exclusive: prevents the matching users from registering/,
  );
});

Deno.test("a registration without a namespace of users is an error", () => {
  const list = `users:\n    - regex: ${REGEX}\n      exclusive: false`;
  const [found] = problems([list, "users: []"]);
  assert.match(found ?? "", /^error namespaces\.users: is empty, so that no invite is pushed/);
});
