import assert from "node:assert/strict";
import type { UserId } from "../../src/domain/user_id.ts";
import { whyUnwanted } from "../../src/identity/invite_rules.ts";
import { type KnowledgeSource, NEVER } from "../../src/identity/knowledge.ts";

/** Somebody on the homeserver. */
export interface Account {
  readonly localpart: string;
  /** Contents by type. */
  readonly accountData: Readonly<Record<string, unknown>>;
}

/** A homeserver that the suite asks. */
export interface KnowledgeHarness {
  readonly name: string;
  /** Makes an account whose owner uses a client now. The homeserver may have others. */
  open(account: Account): Promise<KnowledgeSubject>;
}

/** A source, and when the account was made at the earliest, in milliseconds UTC. */
export interface KnowledgeSubject extends AsyncDisposable {
  readonly source: KnowledgeSource;
  readonly since: number;
}

const STABLE = "m.invite_permission_config";
const LISTS = "org.matrix.msc4155.invite_permission_config";
const ALICE = "@alice:example.org";
const MALLORY = "@mallory:evil.example";

type Wanted = readonly [name: string, data: Account["accountData"], alice: Why, mallory: Why];
type Why = ReturnType<typeof whyUnwanted>;

const CHOICES: readonly Wanted[] = [
  ["chose nothing", {}, undefined, undefined],
  [
    "ignores the inviter",
    { "m.ignored_user_list": { ignored_users: { [MALLORY]: {} } } },
    undefined,
    "ignored",
  ],
  ["blocks all", { [STABLE]: { default_action: "block" } }, "blocked", "blocked"],
  ["allows all again", { [STABLE]: { default_action: "allow" } }, undefined, undefined],
  ["blocks a server", { [LISTS]: { blocked_servers: ["*.example"] } }, undefined, "blocked"],
  [
    "blocks all but colleagues",
    { [LISTS]: { allowed_servers: ["example.org"], blocked_servers: ["*"] } },
    undefined,
    "blocked",
  ],
  [
    "allows all, after older rules",
    { [LISTS]: { blocked_servers: ["*"] }, [STABLE]: {} },
    undefined,
    undefined,
  ],
  [
    "has contents that are too large",
    {
      "m.ignored_user_list": { ignored_users: { [MALLORY]: {} } },
      [STABLE]: { default_action: "block", note: "x".repeat(2 ** 20) },
    },
    undefined,
    "ignored",
  ],
  [
    "has contents of another form",
    { "m.ignored_user_list": { ignored_users: [MALLORY] }, [STABLE]: { default_action: 7 } },
    undefined,
    undefined,
  ],
];

/** The suite that every source of what the homeserver knows passes. */
export function testKnowledge({ name, open }: KnowledgeHarness): void {
  let accounts = 0;
  // Several suites may share a homeserver.
  const prefix = name.replace(/[^A-Za-z]/g, "").toLowerCase();
  const localpart = () => `${prefix}${++accounts}`;
  const idOf = (account: string) => `@${account}:example.org` as UserId;

  for (const [choice, accountData, alice, mallory] of CHOICES) {
    Deno.test(`${name}: somebody who ${choice}`, async () => {
      const account = { localpart: localpart(), accountData };
      await using subject = await open(account);
      const known = await subject.source.find(idOf(account.localpart));
      assert.equal(whyUnwanted(known.invites, ALICE), alice);
      assert.equal(whyUnwanted(known.invites, MALLORY), mallory);
      assert.deepEqual([known.barred, known.lastActive], [undefined, undefined]);
    });
  }

  Deno.test(`${name}: nothing is known about somebody without an account`, async () => {
    await using subject = await open({ localpart: localpart(), accountData: {} });
    for (const id of ["@nobody-here:example.org", "@no' OR '1'='1:example.org", "@a/../b:x"]) {
      const known = await subject.source.find(id as UserId, { activity: true });
      assert.equal(whyUnwanted(known.invites, MALLORY), undefined);
      assert.deepEqual([known.barred, known.lastActive ?? NEVER], [undefined, NEVER]);
    }
  });

  Deno.test(`${name}: when a client was used is known, if it is asked for`, async () => {
    const account = { localpart: localpart(), accountData: {} };
    await using subject = await open(account);
    const options = { activity: true };
    // Synapse writes it into its database some seconds later.
    const deadline = Date.now() + 60_000;
    let known = await subject.source.find(idOf(account.localpart), options);
    while ((known.lastActive ?? NEVER) === NEVER && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      known = await subject.source.find(idOf(account.localpart), options);
    }
    const { lastActive = NaN } = known;
    assert.ok(lastActive >= subject.since && lastActive <= Date.now() + 1000, `${lastActive}`);
  });
}
