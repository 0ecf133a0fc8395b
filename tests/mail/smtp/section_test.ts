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
    pool: 5,
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
    ]
  ) assert(!smtpSection.safeParse(wrong).success, JSON.stringify(wrong));
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
