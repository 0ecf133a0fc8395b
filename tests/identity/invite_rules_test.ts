import assert from "node:assert/strict";
import { inviteRules, whyUnwanted } from "../../src/identity/invite_rules.ts";

const STABLE = "m.invite_permission_config";
const LISTS = "org.matrix.msc4155.invite_permission_config";
const FIRST_FORM = "org.matrix.msc4380.invite_permission_config";
const IGNORED = "m.ignored_user_list";
const ALICE = "@alice:example.org";

type Case = readonly [name: string, data: Record<string, unknown>, expected: unknown];

// The inviter is Alice.
const CASES: readonly Case[] = [
  ["nothing is set", {}, undefined],
  ["she is ignored", { [IGNORED]: { ignored_users: { [ALICE]: {} } } }, "ignored"],
  ["others are ignored", { [IGNORED]: { ignored_users: { "@ALICE:example.org": {} } } }, undefined],
  ["globs are no user IDs", { [IGNORED]: { ignored_users: { "@*:example.org": {} } } }, undefined],
  ["all are blocked", { [STABLE]: { default_action: "block" } }, "blocked"],
  ["an unknown action", { [STABLE]: { default_action: "shout" } }, undefined],
  ["all are blocked, first form", { [FIRST_FORM]: { block_all: true } }, "blocked"],
  ["not quite true", { [FIRST_FORM]: { block_all: "true" } }, undefined],
  ["she is blocked", { [LISTS]: { blocked_users: [ALICE] } }, "blocked"],
  ["she is ignored by the rules", { [LISTS]: { ignored_users: ["@ali*:*"] } }, "blocked"],
  ["case does not matter", { [LISTS]: { blocked_users: ["@ALICE:Example.org"] } }, "blocked"],
  ["one character", { [LISTS]: { blocked_users: ["@?lice:example.org"] } }, "blocked"],
  ["only the whole ID counts", { [LISTS]: { blocked_users: ["@ali", "example.org"] } }, undefined],
  ["her server is blocked", { [LISTS]: { blocked_servers: ["example.*"] } }, "blocked"],
  ["her server is ignored", { [LISTS]: { ignored_servers: ["*"] } }, "blocked"],
  ["a server's glob is no part", { [LISTS]: { blocked_servers: ["org"] } }, undefined],
  [
    "allowed goes before blocked",
    { [LISTS]: { allowed_users: [ALICE], blocked_users: ["@*:*"] } },
    undefined,
  ],
  [
    "people go before servers",
    { [LISTS]: { blocked_users: [ALICE], allowed_servers: ["example.org"] } },
    "blocked",
  ],
  [
    "an allowed person of a blocked server",
    { [LISTS]: { allowed_users: [ALICE], blocked_servers: ["*"] } },
    undefined,
  ],
  [
    "lists before the default",
    { [STABLE]: { allowed_servers: ["example.org"], default_action: "block" } },
    undefined,
  ],
  [
    "the specified type before the older one",
    { [STABLE]: { default_action: "allow" }, [LISTS]: { blocked_servers: ["*"] } },
    undefined,
  ],
  [
    "the specified type only if it is an object",
    { [STABLE]: ["block"], [LISTS]: { blocked_servers: ["*"] } },
    "blocked",
  ],
  [
    "what is not text in a list",
    { [LISTS]: { blocked_users: [null, 7, {}, "", `${"*".repeat(256)}`] } },
    undefined,
  ],
  ["lists that are none", { [LISTS]: { blocked_users: ALICE, blocked_servers: null } }, undefined],
  ["an ignored list of another form", { [IGNORED]: { ignored_users: null } }, undefined],
  ["contents that are none", { [IGNORED]: "x", [LISTS]: null, [FIRST_FORM]: 7 }, undefined],
];

for (const [name, data, expected] of CASES) {
  Deno.test(`rules for invitations: ${name}`, () => {
    assert.equal(whyUnwanted(inviteRules(data), ALICE), expected);
  });
}

Deno.test("rules for invitations: long lists count, with few of their wildcards", () => {
  const others = Array.from({ length: 20_000 }, (_, index) => `@spam${index}:evil.example`);
  const rules = inviteRules({ [LISTS]: { blocked_users: [...others, ALICE] } });
  assert.equal(whyUnwanted(rules, ALICE), "blocked");
  const slow = others.map((other) => `*${other}*`);
  const costly = inviteRules({ [LISTS]: { blocked_users: slow, blocked_servers: slow } });
  for (const { globs } of [...costly.users, ...costly.servers]) assert.ok(globs.length <= 200);
});

Deno.test("rules for invitations: an inviter that is no user ID matches what it can", () => {
  const rules = inviteRules({ [LISTS]: { blocked_servers: ["evil.example"] } });
  assert.equal(whyUnwanted(rules, "no user ID"), undefined);
  assert.equal(whyUnwanted(rules, "x:evil.example"), "blocked");
  assert.equal(whyUnwanted(inviteRules({}), "__proto__"), undefined);
});
