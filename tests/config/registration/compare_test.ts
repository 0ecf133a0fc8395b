import assert from "node:assert/strict";
import {
  checkRegistration,
  type ExpectedRegistration,
} from "../../../src/config/registration/compare.ts";
import { generateRegistration } from "../../../src/config/registration/generate.ts";
import { parseRegistration, type Registration } from "../../../src/config/registration/parse.ts";
import { Secret } from "../../../src/settings/secret.ts";

const EXPECTED = {
  domain: "example.org",
  id: "appservice-mxisd",
  url: "http://127.0.0.1:8090",
  senderLocalpart: "mxisd",
  asToken: new Secret("as-token-0123456789"),
  hsToken: new Secret("hs-token-0123456789"),
};
const TEXT = generateRegistration(EXPECTED, () => assert.fail());

function registrationOf(text: string): Registration {
  const read = parseRegistration(text);
  assert.ok(read.kind === "read");
  return read.registration;
}

/** The findings as `severity key: message`, of a registration in which one text is another. */
function findings(
  [from, to]: readonly [string, string],
  expected: ExpectedRegistration = EXPECTED,
): readonly string[] {
  assert.ok(TEXT.includes(from));
  const found = checkRegistration(registrationOf(TEXT.replace(from, () => to)), expected);
  for (const { message } of found) assert.doesNotMatch(message, /token-0123/);
  return found.map(({ severity, key, message }) => `${severity} ${key}: ${message}`);
}

const AS = "'as-token-0123456789'";
const HS = "'hs-token-0123456789'";
const REGEX = "'^@.*:example\\.org$'";

Deno.test("a registration that fits the configuration has no findings", () => {
  assert.deepEqual(checkRegistration(registrationOf(TEXT), EXPECTED), []);
  assert.deepEqual(checkRegistration(registrationOf(TEXT), { domain: "example.org" }), []);
});

Deno.test("a finding tells the line and column of its key", () => {
  const [finding] = checkRegistration(registrationOf(TEXT), { ...EXPECTED, id: "other" });
  const line = TEXT.split("\n").findIndex((line) => line.startsWith("id:")) + 1;
  assert.deepEqual(finding, {
    line,
    column: 1,
    key: "id",
    severity: "error",
    message: 'the configuration says "other": write that here',
  });
});

Deno.test("tokens that differ are found one by one, and never told", () => {
  const [as, ...none] = findings([AS, "'other'"]);
  assert.match(as ?? "", /^error as_token: differs from the configuration \(.*toHS\.token/);
  const [hs, ...others] = findings([HS, "'other'"]);
  assert.match(hs ?? "", /^error hs_token: differs from the configuration \(.*toAS\.token/);
  assert.deepEqual([...none, ...others], []);
});

Deno.test("swapped tokens are recognised as such, also when the configuration has but one", () => {
  const swapped = registrationOf(
    TEXT.replace(AS, "'x'").replace(HS, AS).replace("'x'", HS),
  );
  for (const { asToken, hsToken } of [EXPECTED, { hsToken: EXPECTED.hsToken }] as const) {
    const found = checkRegistration(swapped, { domain: "example.org", asToken, hsToken });
    assert.equal(found.length, 1);
    assert.match(found[0]?.message ?? "", /^as_token and hs_token are swapped/);
  }
});

Deno.test("two equal tokens are a warning while the configuration has them too", () => {
  const same = { ...EXPECTED, hsToken: EXPECTED.asToken };
  const [only, ...others] = findings([HS, AS], same);
  assert.match(only ?? "", /^warning hs_token: is the same as as_token/);
  assert.deepEqual(others, []);
  assert.match(
    findings([HS, AS]).join("\n"),
    /^warning .*\nerror hs_token: differs from the config/,
  );
});

Deno.test("a URL differs, whatever slashes stand at its end", () => {
  assert.deepEqual(findings(["8090'", "8090//'"]), []);
  assert.match(
    findings(["8090'", "8091'"]).join(),
    /^error url: is "http:\/\/127.0.0.1:8091", but/,
  );
  assert.match(
    findings(["'http://127.0.0.1:8090'", "null"]).join(),
    /^error url: is null, so that no event is pushed/,
  );
});

Deno.test("a password in a URL is not told", () => {
  const [found] = findings(["http://127", "http://user:secret@127"]);
  assert.match(found ?? "", /^error url/);
  assert.doesNotMatch(found ?? "", /secret/);
});

Deno.test("another sender is a warning", () => {
  assert.deepEqual(findings(["'mxisd'", "other"]), [
    'warning sender_localpart: the configuration says "mxisd": write that',
  ]);
});

Deno.test("the regular expression of the old documents matches everybody", () => {
  const [found, ...others] = findings([REGEX, "'@*'"]);
  assert.match(
    found ?? "",
    /^warning namespaces\.users\[0\]\.regex: "@\*" matches all users of all homeservers/,
  );
  assert.ok(found?.endsWith("write '^@.*:example\\.org$'"), found ?? "");
  assert.deepEqual(others, []);
});

Deno.test("the regular expression that mxisd wrote matches nobody", () => {
  for (const regex of ["@*:example.org", "^@*:example\\.org$"]) {
    const [found, ...others] = findings([REGEX, `'${regex}'`]);
    assert.match(found ?? "", /^error namespaces\.users\[0\]\.regex: .* matches no user: '\*'/);
    assert.deepEqual(others, []);
  }
});

Deno.test("a regular expression that takes in other homeservers is a warning with an example", () => {
  for (
    const [regex, example] of [
      ["@.*", "@alice:other.invalid"],
      [".*", "@alice:other.invalid"],
      ["^@.*:example\\.org", "@alice:example.org.other.invalid"],
      ["^@.*:example.org$", "@alice:examplexorg"],
      ["^@.*example\\.org$", "@alice:other.example.org"],
    ] as const
  ) {
    const [found, ...others] = findings([REGEX, `'${regex}'`]);
    assert.ok(
      found?.includes(`also matches users of other homeservers, such as ${example}: write`),
      found ?? "",
    );
    assert.match(found ?? "", /^warning namespaces\.users\[0\]\.regex/);
    assert.deepEqual(others, []);
  }
});

Deno.test("a regular expression without a '^' is noted", () => {
  const [found, ...others] = findings([REGEX, "'@.*:example\\.org$'"]);
  assert.match(found ?? "", /^notice namespaces\.users\[0\]\.regex: .* has no '\^'/);
  assert.deepEqual(others, []);
});

Deno.test("a domain that matches nobody is an error, a choice of people only a notice", () => {
  assert.match(
    findings([REGEX, "'^@.*:example\\.com$'"]).join("\n"),
    /error namespaces\.users: matches none of the tested users of example\.org/,
  );
  assert.deepEqual(findings([REGEX, "'^@[a-m].*:example\\.org$'"]), [
    "notice namespaces.users: does not match all users: no email to @0815:example.org, for example; " +
    "for all, write '^@.*:example\\.org$'",
  ]);
});

Deno.test("two namespaces may cover together what neither does alone", () => {
  const two = "'^@[a-m].*:example\\.org$'\n      exclusive: false\n" +
    "    - regex: '^@[^a-m].*:example\\.org$'";
  assert.deepEqual(findings([REGEX, two]), []);
});

Deno.test("a regular expression that cannot be tried here is only a notice", () => {
  const [found, ...others] = findings([REGEX, "'^@.*+:example\\.org$'"]);
  assert.match(found ?? "", /^notice .* could not be tested/);
  assert.deepEqual(others, []);
});

Deno.test("an exclusive namespace of everybody is an error", () => {
  assert.match(
    findings(["exclusive: false", "exclusive: true"]).join(),
    /^error namespaces\.users\[0\]\.exclusive: prevents the matching users from registering/,
  );
});

Deno.test("without a namespace of users there is no invite", () => {
  const list = `users:\n    - regex: ${REGEX}\n      exclusive: false`;
  const [found] = findings([list, "users: []"]);
  assert.match(found ?? "", /^error namespaces\.users: is empty, so that no invite is pushed/);
});
