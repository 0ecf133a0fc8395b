import assert from "node:assert/strict";
import { TlsNotOffered } from "../../../src/database/postgres_tls.ts";
import { failureOf, openFailure, StatementError } from "../../../src/outbox/postgresql/errors.ts";

const AT = { host: "db", port: 5432 };

function coded(code: string, message = "secret row"): Error {
  return Object.assign(new Error(message), { code });
}

// The SQLSTATE, the kind, whether it is about a row, whether the connection ends with it.
const STATES: readonly (readonly [string, string, boolean, boolean])[] = [
  ["40001", "unavailable", false, false],
  ["40P01", "unavailable", false, false],
  ["55P03", "unavailable", false, false],
  ["57014", "unavailable", false, false],
  ["53100", "unavailable", false, false],
  ["53300", "unavailable", false, false],
  ["57P01", "unavailable", false, true],
  ["08006", "unavailable", false, true],
  ["25P03", "unavailable", false, true],
  ["25006", "unavailable", false, true],
  ["42501", "refused", false, false],
  ["42P01", "lost", false, false],
  ["3F000", "lost", false, false],
  ["22003", "unavailable", true, false],
  ["23505", "unavailable", true, false],
  ["54000", "unavailable", true, false],
  ["ECONNRESET", "unavailable", false, true],
];

for (const [code, kind, isAboutRow, endsConnection] of STATES) {
  Deno.test(`${code} is ${kind}`, () => {
    const error = new StatementError(AT, coded(code));
    assert.deepEqual([error.isAboutRow, error.endsConnection], [isAboutRow, endsConnection]);
    const failure = failureOf(error);
    assert.equal(failure.kind, kind);
    assert.match(failure.message, /db:5432/);
  });
}

Deno.test("what a row contains is not part of a message", () => {
  for (const code of ["22003", "23505", "54000"]) {
    const { message } = failureOf(new StatementError(AT, coded(code)));
    assert.ok(!message.includes("secret row"), message);
  }
});

Deno.test("a session that cannot be opened says why, and what to do", () => {
  const cases: readonly (readonly [unknown, string, RegExp])[] = [
    [coded("28P01", "password authentication failed"), "refused", /28P01.*password auth/],
    [coded("3D000", 'database "x" does not exist'), "refused", /does not exist/],
    [coded("57P03", "the database system is starting up"), "unavailable", /starting up/],
    [coded("AUTH_TYPE_7_NOT_IMPLEMENTED"), "refused", /login method/],
    [new TlsNotOffered(), "refused", /does not offer TLS: see sslmode/],
    [coded("ECONNRESET"), "unavailable", /ECONNRESET/],
  ];
  for (const [cause, kind, message] of cases) {
    const error = openFailure("login", AT, cause);
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
  }
});
