import assert from "node:assert/strict";
import { rsaKey, wrongKeys } from "../../fakes/mail/dkim_keys.ts";
import { completed, load } from "../configuration.ts";

const KEY = rsaKey(2048).pem;

async function problems(dkim: string, pem = KEY, more = ""): Promise<string[]> {
  const text = `threepid:
  medium:
    email:
      identity: { from: matrix@chat.example.org }
      connectors:
        smtp: { host: smtp.example.org, dkim: { ${dkim} } }
${more}`;
  const result = await load(completed(text), { files: { "dkim.pem": pem } });
  return result.problems.map(({ severity, key, message }) =>
    `${severity}: ${key.replace("threepid.medium.email.connectors.smtp.", "")}: ${message}`
  );
}

const GOOD = "domain: example.org, selector: matrix2026, key: { file: dkim.pem }";

Deno.test("a DKIM domain that is the From address's domain, or above it, is accepted", async () => {
  assert.deepEqual(await problems(GOOD), []);
  assert.deepEqual(await problems(GOOD.replace("example", "chat.example")), []);
});

Deno.test("a DKIM domain that is another one is a warning that says what to write", async () => {
  assert.deepEqual(await problems(GOOD.replace("example.org", "example.net")), [
    'warning: dkim.domain: the emails come from "chat.example.org", for which DMARC ignores a signature of ' +
    '"example.net": write "domain: chat.example.org"',
  ]);
});

Deno.test("a short key is a warning", async () => {
  const [warning] = await problems(GOOD, rsaKey(1024).pem);
  assert.match(warning ?? "", /^warning: dkim\.key: has 1024 bits, which is little: make one/);
});

for (const [what, pem] of Object.entries(wrongKeys())) {
  Deno.test(`a key that is ${what} is an error of the configuration`, async () => {
    const [error, ...others] = await problems(GOOD, pem);
    assert.match(error ?? "", /^error: dkim\.key: (?:has|is|cannot) .+/);
    assert.deepEqual(others, []);
  });
}

Deno.test("a name that is invalid in the DNS is an error", async () => {
  const wrong = [
    ["matrix2026", "'a b'"],
    ["matrix2026", "matrix2026._domainkey"],
    ["example.org", "'@example.org'"],
  ] as const;
  for (const [from, to] of wrong) {
    const [error] = await problems(GOOD.replace(from, to));
    assert.match(error ?? "", /^error: dkim\.(?:selector|domain): expected a (?:name|domain)/);
  }
});

Deno.test("each missing key of DKIM is reported", async () => {
  const [error] = await problems("domain: example.org, selector: matrix2026");
  assert.match(error ?? "", /^error: dkim\.key/);
});

Deno.test("a DKIM key is a notice if emails are not sent by SMTP", async () => {
  const text = "notification: { handler: { email: sendmail } }\n";
  assert.deepEqual(
    (await problems(GOOD, KEY, text)).filter((problem) => problem.includes("dkim")),
    ["notice: dkim: only emails that are sent by smtp are signed"],
  );
});
