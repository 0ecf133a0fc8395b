import assert from "node:assert/strict";
import { stateOf, stricter, threepidsOf, valuesOf } from "../../../src/identity/ldap/entry.ts";
import { parseLdapHost } from "../../../src/identity/ldap/host.ts";
import { formatEndpoint } from "../../../src/net/endpoint.ts";

const NOW = Date.UTC(2026, 0, 1);

Deno.test("valuesOf: one value, several, none, and bytes", () => {
  const entry = { dn: "cn=x", one: "1", several: ["1", "2"], none: [], "dn;x": "3" };
  assert.deepEqual(valuesOf(entry, "ONE"), ["1"]);
  assert.deepEqual(valuesOf(entry, "several"), ["1", "2"]);
  assert.deepEqual(valuesOf(entry, "none"), []);
  assert.deepEqual(valuesOf(entry, "other"), []);
  assert.deepEqual(valuesOf(entry, "dn"), [], "the DN is not an attribute");
  assert.deepEqual(valuesOf({ dn: "", "mail;range=0-1": ["1", "2"], mail: [] }, "mail"), [
    "1",
    "2",
  ]);
});

Deno.test("threepidsOf: Exchange's proxy addresses are email addresses with a prefix", () => {
  const entry = {
    dn: "",
    proxyAddresses: ["SMTP:bob@example.org", "smtp:b@example.org", "sip:bob@example.org", "x@y.z"],
    mail: "smtp:kept",
  };
  assert.deepEqual(
    threepidsOf(entry, ["mail", "proxyAddresses"]).map(({ address }) => address),
    ["smtp:kept", "bob@example.org", "b@example.org"],
  );
});

Deno.test("stateOf: each directory's attributes for the state of an account", () => {
  const ticks = (time: number) => String((BigInt(time) + 11_644_473_600_000n) * 10_000n);
  const cases: readonly (readonly [Record<string, string>, string])[] = [
    [{}, "active"],
    [{ userAccountControl: "512" }, "active"],
    [{ userAccountControl: "514" }, "deactivated"],
    [{ userAccountControl: "66050" }, "deactivated"],
    [{ userAccountControl: "none" }, "active"],
    [{ nsAccountLock: "TRUE" }, "deactivated"],
    [{ loginDisabled: "FALSE" }, "active"],
    [{ loginDisabled: "true" }, "deactivated"],
    [{ accountExpires: "0" }, "active"],
    [{ accountExpires: "9223372036854775807" }, "active"],
    [{ accountExpires: ticks(NOW) }, "locked"],
    [{ accountExpires: ticks(NOW + 1) }, "active"],
    [{ accountExpires: "soon" }, "active"],
    [{ loginExpirationTime: "20251231235959Z" }, "locked"],
    [{ loginExpirationTime: "20260101000001Z" }, "active"],
    [{ loginExpirationTime: "never" }, "active"],
    [{ pwdAccountLockedTime: "000001010000Z" }, "locked"],
    [{ pwdAccountLockedTime: "20251231235959Z" }, "active"],
    [{ userAccountControl: "514", accountExpires: ticks(NOW) }, "deactivated"],
  ];
  for (const [attributes, state] of cases) {
    assert.equal(stateOf({ dn: "", ...attributes }, NOW), state, JSON.stringify(attributes));
  }
  assert.equal(stricter("active", "locked"), "locked");
  assert.equal(stricter("deactivated", "locked"), "deactivated");
});

Deno.test("parseLdapHost: names and addresses, with and without a port", () => {
  const valid = {
    "ldap.example.org": "ldap.example.org",
    "ldap.example.org:1389": "ldap.example.org:1389",
    "192.0.2.1:389": "192.0.2.1:389",
    "2001:db8::1": "[2001:db8::1]",
    "[2001:db8::1]": "[2001:db8::1]",
    "[2001:db8::1]:636": "[2001:db8::1]:636",
  };
  for (const [text, shown] of Object.entries(valid)) {
    const host = parseLdapHost(text);
    assert.ok(host, text);
    assert.equal(formatEndpoint(host), shown);
  }
  for (const text of ["", "ldap://x", "x:0", "x:65536", "x y", "x/y", "user@x", "x:"]) {
    assert.equal(parseLdapHost(text), undefined, text);
  }
});
