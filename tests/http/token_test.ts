import fc from "fast-check";
import assert from "node:assert/strict";
import { type Authentication, tokenCheck } from "../../src/http/token.ts";
import { Secret } from "../../src/settings/secret.ts";

const TOKEN = "hs_VDxUpXFqbN4Qh2rK";

function check(query: string, header?: string, token = TOKEN): Authentication {
  return tokenCheck(new Secret(token))(
    new Request(`http://127.0.0.1/ping${query}`, {
      headers: header === undefined ? {} : { authorization: header },
    }),
  );
}

const CASES: readonly [name: string, Authentication, query: string, header?: string][] = [
  ["the header, as the specification has it", "accepted", "", `Bearer ${TOKEN}`],
  ["the scheme in another case", "accepted", "", `bearer ${TOKEN}`],
  ["the query, as old homeservers send it", "accepted", `?access_token=${TOKEN}`],
  ["both", "accepted", `?access_token=${TOKEN}`, `Bearer ${TOKEN}`],
  ["the query beside other parameters", "accepted", `?a=b&access_token=${TOKEN}&c`],
  ["neither", "missing", ""],
  ["other parameters only", "missing", `?token=${TOKEN}&xaccess_token=${TOKEN}`],
  ["a wrong header", "refused", "", "Bearer wrong"],
  ["a wrong query", "refused", "?access_token=wrong"],
  ["a right header and a wrong query", "refused", "?access_token=wrong", `Bearer ${TOKEN}`],
  ["a wrong header and a right query", "refused", `?access_token=${TOKEN}`, "Bearer wrong"],
  ["an empty header", "refused", `?access_token=${TOKEN}`, ""],
  ["an empty query", "refused", "?access_token=", `Bearer ${TOKEN}`],
  ["a right one among two in the query", "refused", `?access_token=${TOKEN}&access_token=x`],
  ["the same one twice in the query", "accepted", `?access_token=${TOKEN}&access_token=${TOKEN}`],
  ["two headers", "refused", "", `Bearer ${TOKEN}, Bearer ${TOKEN}`],
  ["another scheme", "refused", "", `Basic ${TOKEN}`],
  ["no scheme", "refused", "", TOKEN],
  ["a scheme alone", "refused", "", "Bearer"],
  ["a token that begins right", "refused", "", `Bearer ${TOKEN}x`],
  ["a beginning of the token", "refused", "", `Bearer ${TOKEN.slice(0, -1)}`],
  ["another case", "refused", "", `Bearer ${TOKEN.toUpperCase()}`],
];

for (const [name, expected, query, header] of CASES) {
  Deno.test(`a request with ${name} is ${expected}`, () =>
    assert.equal(check(query, header), expected));
}

const PREVIOUS = "hs_9mYt0a_the_one_before";

const ROTATION: readonly [name: string, Authentication, query: string, header?: string][] = [
  ["the new token", "accepted", "", `Bearer ${TOKEN}`],
  ["the previous token", "previous", "", `Bearer ${PREVIOUS}`],
  ["the previous token in the query", "previous", `?access_token=${PREVIOUS}`],
  ["the previous token in both", "previous", `?access_token=${PREVIOUS}`, `Bearer ${PREVIOUS}`],
  ["one of each", "refused", `?access_token=${PREVIOUS}`, `Bearer ${TOKEN}`],
  ["neither of them", "refused", "", "Bearer hs_9mYt0a_the_one_befora"],
  ["both in one", "refused", "", `Bearer ${TOKEN}${PREVIOUS}`],
  ["no token", "missing", ""],
];

for (const [name, expected, query, header] of ROTATION) {
  Deno.test(`in a rotation a request with ${name} is ${expected}`, () => {
    const request = new Request(`http://127.0.0.1/ping${query}`, {
      headers: header === undefined ? {} : { authorization: header },
    });
    assert.equal(tokenCheck(new Secret(TOKEN), new Secret(PREVIOUS))(request), expected);
  });
}

Deno.test("an empty previous token is never accepted", () => {
  const request = new Request("http://127.0.0.1/ping?access_token=");
  assert.equal(tokenCheck(new Secret(TOKEN), new Secret(""))(request), "refused");
});

Deno.test("a token in the query is read with and without percent-encoding", () => {
  const token = "a+b/c=%41~";
  assert.equal(check(`?access_token=${encodeURIComponent(token)}`, undefined, token), "accepted");
  assert.equal(check(`?access_token=${token}`, undefined, token), "accepted");
  assert.equal(check("?access_token=a b/c=A~", undefined, token), "refused");
});

Deno.test("an empty token is never accepted", () => {
  assert.equal(check("?access_token=", undefined, ""), "refused");
  assert.equal(check("", "Bearer ", ""), "refused");
  assert.equal(check("", undefined, ""), "missing");
});

Deno.test("no other token than the right one is accepted, whatever it looks like", () => {
  fc.assert(fc.property(fc.string({ unit: "binary-ascii" }), (guess) => {
    fc.pre(guess.trim() !== TOKEN && /^[\t\x20-\x7E]*$/.test(guess));
    assert.notEqual(check("", `Bearer ${guess}`), "accepted");
    assert.notEqual(check(`?access_token=${encodeURIComponent(guess)}`), "accepted");
    assert.notEqual(check(`?access_token=${TOKEN}`, guess), "accepted");
  }));
});
