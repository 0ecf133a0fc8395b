import assert from "node:assert/strict";
import {
  readServerAddress,
  type ServerAddress,
  type ServerType,
} from "../../src/database/server_address.ts";
import type { TlsMode } from "../../src/database/tls_mode.ts";

function address(connection: string, type: ServerType = "postgresql"): ServerAddress {
  const read = readServerAddress(connection, type);
  assert.ok(read.kind === "address", connection);
  return read.address;
}

function problem(connection: string, type: ServerType = "postgresql"): string {
  const read = readServerAddress(connection, type);
  assert.ok(read.kind === "wrong", connection);
  return read.problem;
}

Deno.test("a connection string names servers, also by IPv6 address", () => {
  const cases: [string, ServerType, string][] = [
    ["//db/people?user=m", "postgresql", "db:5432"],
    ["//db/people?user=m", "mariadb", "db:3306"],
    ["//db:5433/people?user=m", "postgresql", "db:5433"],
    ["//[::1]/people?user=m", "postgresql", "::1:5432"],
    ["//[2001:db8::1]:3307/people?user=m", "mysql", "2001:db8::1:3307"],
    ["//one,two:5434,[::1]/people?user=m", "postgresql", "one:5432 two:5434 ::1:5432"],
    ["///people?user=m", "postgresql", "localhost:5432"],
    ["jdbc:postgresql://db/people?user=m", "postgresql", "db:5432"],
  ];
  for (const [connection, type, expected] of cases) {
    const { endpoints, database } = address(connection, type);
    assert.equal(endpoints.map(({ host, port }) => `${host}:${port}`).join(" "), expected);
    assert.equal(database, "people");
  }
});

Deno.test("the database's name may be left out", () => {
  assert.equal(address("//db?user=mxisd").database, "mxisd");
  assert.equal(address("//db/?user=mxisd").database, "mxisd");
  assert.equal(address("//db?user=mxisd", "mysql").database, "");
  assert.equal(address("//db/my%20people?user=mxisd").database, "my people");
});

Deno.test("users and passwords are decoded as each JDBC driver does", () => {
  const cases: [ServerType, string, string][] = [
    ["postgresql", "p%26w%3D%2B%25", "p&w=+%"],
    ["postgresql", "a+b", "a b"],
    ["mysql", "a+b%C3%B6", "a bö"],
    ["mariadb", "a+b", "a+b"],
    ["mariadb", "a%26b", "a&b"],
    ["mariadb", "100%", "100%"],
    ["mysql", "a=b?c/d@e", "a=b?c/d@e"],
    ["mysql", "", ""],
  ];
  for (const [type, written, expected] of cases) {
    const { user, password } = address(`//db/x?user=m&password=${written}`, type);
    assert.equal(user, "m");
    assert.equal(password.reveal(), expected);
  }
  const before = address("//mx%40isd:a+b%2F@db/x", "mysql");
  assert.equal(before.user, "mx@isd");
  assert.equal(before.password.reveal(), "a+b/");
  assert.equal(address("//db/x?user=first&user=second").user, "first");
});

Deno.test("the TLS parameters of every driver are understood", () => {
  const cases: [ServerType, string, TlsMode][] = [
    ["postgresql", "", "prefer"],
    ["postgresql", "sslmode=disable", "off"],
    ["postgresql", "sslmode=allow", "prefer"],
    ["postgresql", "sslmode=require", "require"],
    ["postgresql", "sslmode=verify-ca", "verify-ca"],
    ["postgresql", "ssl=true", "verify-full"],
    ["postgresql", "ssl", "verify-full"],
    ["postgresql", "ssl=false", "off"],
    ["postgresql", "ssl=true&sslfactory=org.postgresql.ssl.NonValidatingFactory", "require"],
    ["postgresql", "ssl=true&sslmode=verify-ca", "verify-ca"],
    ["mysql", "useSSL=false", "off"],
    ["mysql", "useSSL=true", "verify-full"],
    ["mysql", "useSSL=true&verifyServerCertificate=false", "require"],
    ["mysql", "requireSSL=true", "require"],
    ["mysql", "sslMode=VERIFY_IDENTITY", "verify-full"],
    ["mysql", "sslMode=DISABLED", "off"],
    ["mariadb", "useSsl=true&trustServerCertificate=true", "require"],
    ["mariadb", "useSsl=true&disableSslHostnameVerification=true", "verify-ca"],
    ["mariadb", "sslMode=trust", "require"],
  ];
  for (const [type, parameters, mode] of cases) {
    assert.equal(address(`//db/x?user=m&${parameters}`, type).tls, mode, parameters);
  }
});

Deno.test("other parameters are ignored, and those with certificates are reported", () => {
  const { schema, unusedCertificates } = address(
    "//db/x?user=m&currentSchema=a,b&ApplicationName=x&serverTimezone=UTC&sslrootcert=ca.pem",
  );
  assert.equal(schema, "a,b");
  assert.deepEqual(unusedCertificates, ["sslrootcert"]);
});

Deno.test("an invalid connection string is reported without its content", () => {
  assert.match(problem("people?user=m&password=hunter2"), /^expected \/\/host:port/);
  assert.match(problem("//db/x?password=hunter2"), /^has no user/);
  assert.match(problem("//::1/x?user=m"), /IPv6/);
  assert.match(problem("//db:0/x?user=m"), /port/);
  assert.match(problem("//db:99999/x?user=m"), /port/);
  assert.match(problem("//address=(host=db)/x?user=m", "mysql"), /name or port is invalid/);
  assert.match(problem("//db/x?user=m&sslmode=maybe&password=hunter2"), /^sslmode is unknown/);
  const every = ["//h:x/x?user=m&password=hunter2", "//db/x?password=hunter2"];
  for (const connection of every) assert.ok(!problem(connection).includes("hunter2"));
});

Deno.test("an address is printed without its password", () => {
  assert.ok(!Deno.inspect(address("//db/x?user=m&password=hunter2")).includes("hunter2"));
});
