import assert from "node:assert/strict";
import { z } from "zod";
import { fileSection } from "../../../src/mail/file.ts";
import { smtpSection } from "../../../src/mail/smtp/section.ts";
import { Secret } from "../../../src/settings/secret.ts";

Deno.test("the SMTP section has mxisd's defaults and refuses unknown keys", () => {
  const { password, ...settings } = smtpSection.parse({});
  assert.equal(password, undefined);
  assert.deepEqual(settings, {
    host: "",
    port: 587,
    tls: 1,
    login: "",
    timeout: 30_000,
    // As many as Exchange Online allows.
    pool: 3,
    rate: null,
  });
  assert(!smtpSection.safeParse({ user: "x" }).success);
});

Deno.test("the SMTP section accepts the values of old files", () => {
  const settings = smtpSection.parse({
    host: "mail.example.org",
    port: "25",
    tls: 3,
    login: "matrix@example.org",
    password: "0123456",
    timeout: "5s",
    pool: 1,
  });
  assert.equal(settings.port, 25);
  assert.equal(settings.timeout, 5000);
  assert(settings.password instanceof Secret);
  assert.equal(settings.password.reveal(), "0123456");
});

Deno.test("the SMTP section refuses invalid values", () => {
  for (
    const wrong of [
      { port: 0 },
      { port: 65_536 },
      { tls: 4 },
      { tls: -1 },
      { tls: "yes" },
      { pool: 0 },
      { pool: 101 },
      { timeout: "0" },
      { timeout: "2h" },
      { timeout: 30 },
      ...["", "30/second", "-1", "0", "1.5", "x"].map((rate) => ({ rate })),
      ...WRONG_NAMES.map((name) => ({ name })),
      ...WRONG_TOKEN_URLS.map((tokenUrl) => ({ oauth2: { ...OAUTH2, tokenUrl } })),
      { oauth2: {} },
      { oauth2: { ...OAUTH2, clientId: "" } },
      { oauth2: { ...OAUTH2, clientSecret: "" } },
      { oauth2: { ...OAUTH2, clientSecret: undefined } },
      { oauth2: { ...OAUTH2, refreshToken: "" } },
      { oauth2: { ...OAUTH2, password: "x" } },
    ]
  ) assert(!smtpSection.safeParse(wrong).success, JSON.stringify(wrong));
});

const OAUTH2 = {
  tokenUrl: "https://idp.example.org/token",
  clientId: "mailer",
  clientSecret: "secret",
};

const WRONG_TOKEN_URLS = [
  ...["", "idp.example.org", "http://idp.example.org/token", "ftp://idp.example.org/token"],
  ...["https://user:pass@idp.example.org/token", "https://idp.example.org/token#here"],
];

const WRONG_NAMES = [
  ...["", "chat example", "chat.example.org:25", "smtp://chat.example.org", "a@example.org"],
  ...[
    "192.0.2.1",
    "[192.0.2.1",
    "[192.0.2.999]",
    "[2001:db8::1]",
    "[IPv6:192.0.2.1]",
    "-a.example",
  ],
  ...["a..b", "a_b.example", "x".repeat(64), "chat.example.org\r\nMAIL FROM:<>", "１２７.０.０.１"],
];

Deno.test("the SMTP section accepts a rate a minute, and limits for other times", () => {
  const rates = ["30", 30, "30/minute", "500/hour", "10000/day", "off", false] as const;
  const read = rates.map((rate) => smtpSection.parse({ rate }).rate);
  const perMinute = { count: 30, per: 60_000 };
  assert.deepEqual(read, [
    ...[perMinute, perMinute, perMinute],
    ...[{ count: 500, per: 3_600_000 }, { count: 10_000, per: 86_400_000 }, null, null],
  ]);
});

Deno.test("the SMTP section accepts names for EHLO, and makes them ASCII", () => {
  for (
    const [name, ascii = name] of [
      ["chat.example.org"],
      ["localhost"],
      ["[192.0.2.1]"],
      ["[ipv6:2001:db8::1]", "[IPv6:2001:db8::1]"],
      ["chat.bücher.example", "chat.xn--bcher-kva.example"],
    ] as const
  ) assert.equal(smtpSection.parse({ name }).name, ascii);
});

Deno.test("a token URL keeps its last slash and its query, and may be http on this machine", () => {
  for (
    const tokenUrl of [
      "https://idp.example.org/application/o/token/",
      "https://idp.example.org/token?policy=mail",
      "http://127.0.0.1:8080/token",
      "http://localhost/token",
    ]
  ) assert.equal(smtpSection.parse({ oauth2: { ...OAUTH2, tokenUrl } }).oauth2?.tokenUrl, tokenUrl);
});

Deno.test("the file section needs a folder", () => {
  assert.deepEqual(fileSection.parse({ folder: "/tmp/mails" }), { folder: "/tmp/mails" });
  assert(!fileSection.safeParse({}).success);
  assert(!fileSection.safeParse({ folder: "" }).success);
});

Deno.test("both sections can be described in JSON Schema", () => {
  for (const section of [smtpSection, fileSection]) {
    assert.equal(z.toJSONSchema(section, { io: "input" }).type, "object");
  }
});
