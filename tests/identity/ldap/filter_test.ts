import * as ldapts from "ldapts";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  escapeFilterValue,
  FilterError,
  isAttributeName,
  parseLdapFilter,
} from "../../../src/identity/ldap/filter.ts";
import { wireFilter } from "../../../src/identity/ldap/wire_filter.ts";

function wire(text: string): string {
  const writer = new ldapts.BerWriter();
  wireFilter(ldapts, parseLdapFilter(text)).write(writer);
  return writer.buffer.toString("hex");
}

function octets(tag: string, text: string): string {
  const bytes = Buffer.from(text);
  return tag + bytes.length.toString(16).padStart(2, "0") + bytes.toString("hex");
}

function sequence(tag: string, ...parts: readonly string[]): string {
  const content = parts.join("");
  return tag + (content.length / 2).toString(16).padStart(2, "0") + content;
}

const A = octets("04", "a");

Deno.test("parseLdapFilter: each kind of filter is encoded as in RFC 4511", () => {
  const equal = (value: string) => sequence("a3", A, octets("04", value));
  assert.equal(wire("(a=b)"), equal("b"));
  assert.equal(wire("a=b"), equal("b"));
  assert.equal(wire("(a=)"), equal(""));
  assert.equal(wire("(a>=b)"), sequence("a5", A, octets("04", "b")));
  assert.equal(wire("(a<=b)"), sequence("a6", A, octets("04", "b")));
  assert.equal(wire("(a~=b)"), sequence("a8", A, octets("04", "b")));
  assert.equal(wire("(a=*)"), octets("87", "a"));
  assert.equal(wire("(!(a=b))"), sequence("a2", equal("b")));
  assert.equal(wire("(|(a=b)(a=c))"), sequence("a1", equal("b"), equal("c")));
  assert.equal(wire("(&)"), "a000");
  assert.equal(
    wire("(a=b*c*d)"),
    sequence(
      "a4",
      A,
      sequence("30", octets("80", "b"), octets("81", "c"), octets("82", "d")),
    ),
  );
  assert.equal(wire("(a=*c*)"), sequence("a4", A, sequence("30", octets("81", "c"))));
  assert.equal(
    wire("(memberOf:1.2.840.113556.1.4.1941:=cn=x)"),
    sequence(
      "a9",
      octets("81", "1.2.840.113556.1.4.1941"),
      octets("82", "memberOf"),
      octets("83", "cn=x"),
    ),
  );
  assert.equal(
    wire("(a:dn:2.4.6:=b)"),
    sequence("a9", octets("81", "2.4.6"), octets("82", "a"), octets("83", "b"), "8401ff"),
  );
});

Deno.test("parseLdapFilter: escapes are bytes, of non-ASCII characters too", () => {
  assert.equal(wire("(a=\\c3\\a9)"), wire("(a=é)"));
  assert.equal(wire("(a=\\2a\\28\\29\\5c)"), sequence("a3", A, octets("04", "*()\\")));
  assert.equal(wire("(a=\\ff\\00)"), sequence("a3", A, "0402ff00"));
});

Deno.test("parseLdapFilter: blanks and line breaks between the parts are ignored", () => {
  assert.equal(wire("(&\n  (a=b)\n  ( | (a=c) (a=d) )\n)\n"), wire("(&(a=b)(|(a=c)(a=d)))"));
});

Deno.test("parseLdapFilter: options and OIDs name attributes", () => {
  assert.equal(wire("(2.5.4.3;lang-de=x)"), wire("(2.5.4.3;lang-de=x)"));
  for (const name of ["mail", "2.5.4.3", "cn;lang-de", "x-y1"]) assert.ok(isAttributeName(name));
  for (const name of ["", "1mail", "ma il", "mail)", "*", "a;", "é"]) {
    assert.ok(!isAttributeName(name), name);
  }
});

Deno.test("parseLdapFilter: an invalid filter is refused with its position", () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["(a=b", /^at character 5: expected \)/],
    ["(a=b))", /^at character 6: unexpected text after/],
    ["(&(a=b)c=d)", /^at character 8: expected \)/],
    ["()", /^at character 2: expected a comparison/],
    ["(a)", /expected a comparison/],
    ["(:=b)", /expected a comparison/],
    ["(a=b(c)d)", /^at character 5: expected \)/],
    ["(a=\\zz)", /^at character 4: after a backslash two/],
    ["(a=\\2)", /after a backslash two/],
    ["(!(a=b)(c=d))", /expected \)/],
    [`${"(!".repeat(60)}(a=b)${")".repeat(60)}`, /nested too deeply/],
  ];
  for (const [text, message] of wrong) {
    assert.throws(() => parseLdapFilter(text), (error: unknown) => {
      assert.ok(error instanceof FilterError);
      assert.match(error.message, message, text);
      return true;
    });
  }
});

Deno.test("escapeFilterValue: a value stays one value", () => {
  for (const value of ["*)(uid=*", "bob)(|(uid=*", "a\\b", "\0\n\x7f", "é", " "]) {
    const filter = parseLdapFilter(`(a=${escapeFilterValue(value)})`);
    assert.ok(filter.kind === "equal");
    assert.equal(new TextDecoder().decode(filter.value), value);
  }
});
