import assert from "node:assert/strict";
import {
  cancelIfClosed,
  closeInvitation,
  type MailLink,
  type OpenLink,
  type OpenMail,
  withdrawIfStopped,
} from "../../src/outbox/cancel.ts";
import type { HashedKind } from "../../src/outbox/suppressions.ts";

const NOW = 1000;
const ALICE = "@alice:example.org";
const PLANS = "!plans:example.org";

function hash(kind: HashedKind, value: string): Uint8Array {
  return new TextEncoder().encode(`${kind} ${value}`);
}

function link(invitation: number, changes: Partial<MailLink> = {}): MailLink {
  return {
    ...{ invitation, state: "resolved" },
    ...{ answered: false, added: false, open: true, suppressed: false, hasOtherMails: false },
    ...changes,
  };
}

function mail(links: readonly MailLink[], state: OpenMail["state"] = "queued"): OpenMail {
  return { id: 3, state, links };
}

const ANSWERED = { answered: true, open: false };
const STOPPED = { suppressed: true, open: false };

function cancelled(reason: string) {
  return { kind: "cancel mail", id: 3, reason };
}

function cancelledLine(reason: string) {
  return {
    kind: "add timeline",
    ...{ of: { mail: 3 }, at: NOW, step: "cancelled", data: { mail: 3, reason } },
  };
}

function ended(id: number, state: "cancelled" | "skipped", reason: string) {
  return { kind: "end invitation", id, state, reason };
}

function stoppedLink(invitation: number, scope: string) {
  return [
    { kind: "suppress link", mail: 3, invitation },
    {
      kind: "add timeline",
      ...{ of: { invitation }, at: NOW, step: "suppressed", data: { mail: 3, scopes: [scope] } },
    },
  ];
}

const CANCELS: Readonly<Record<string, [mail: OpenMail, writes: readonly unknown[]]>> = {
  "a mail with an open link stays": [mail([link(1, ANSWERED), link(2)]), []],
  "a mail that is being sent stays": [mail([link(1, ANSWERED)], "sending"), []],
  "a mail that was sent stays": [mail([link(1, ANSWERED)], "sent"), []],
  "a mail whose invitation was answered goes with it": [
    mail([link(1, ANSWERED)]),
    [cancelled("joined"), ended(1, "cancelled", "joined"), cancelledLine("joined")],
  ],
  "a mail whose recipient stopped it goes, and its invitation is skipped": [
    mail([link(1, STOPPED)]),
    [cancelled("suppressed"), ended(1, "skipped", "suppressed"), cancelledLine("suppressed")],
  ],
  "an invitation that was stopped and answered is cancelled": [
    mail([link(1, { ...STOPPED, answered: true })]),
    [cancelled("suppressed"), ended(1, "cancelled", "joined"), cancelledLine("suppressed")],
  ],
  "a mail of several goes for the answer, each invitation for its own reason": [
    mail([link(1, ANSWERED), link(2, STOPPED)]),
    [
      cancelled("joined"),
      ended(1, "cancelled", "joined"),
      ended(2, "skipped", "suppressed"),
      cancelledLine("joined"),
    ],
  ],
  "an invitation that has another mail stays": [
    mail([link(1, { ...ANSWERED, hasOtherMails: true })]),
    [cancelled("joined"), cancelledLine("joined")],
  ],
  "an invitation that ended before stays as it is": [
    mail([link(1, { ...ANSWERED, state: "cancelled" })]),
    [cancelled("joined"), cancelledLine("joined")],
  ],
};
for (const [name, [given, writes]] of Object.entries(CANCELS)) {
  Deno.test(name, () => assert.deepEqual(cancelIfClosed(given, "joined", NOW), writes));
}

const CLOSES = [
  ["pending", "joined", "answered", [ended(7, "cancelled", "joined")]],
  ["pending", "superseded", "superseded", [ended(7, "cancelled", "superseded")]],
  ["resolved", "declined", "answered", []],
] as const;
for (const [state, reason, step, ends] of CLOSES) {
  Deno.test(`a ${state} invitation that is ${reason} is closed`, () => {
    assert.deepEqual(closeInvitation({ id: 7, state }, reason, NOW), [
      { kind: "close links", invitation: 7 },
      { kind: "answer invitation", id: 7, joined: reason === "joined" },
      ...ends,
      { kind: "add timeline", of: { invitation: 7 }, at: NOW, step, data: { reason } },
    ]);
  });
}

const LINK: OpenLink = { mail: 3, invitation: 7, roomId: PLANS, inviter: ALICE };
const WITHDRAWN = [
  ["all", new Uint8Array(), true],
  ["room", hash("room", PLANS), true],
  ["room", hash("room", "!else:example.org"), false],
  ["inviter", hash("inviter", ALICE), true],
  ["inviter", hash("inviter", "@erin:example.org"), false],
  // An inviter's hash is not a room's.
  ["room", hash("inviter", PLANS), false],
] as const;
for (const [scope, target, withdrawn] of WITHDRAWN) {
  const what = `${scope} ${new TextDecoder().decode(target)}`.trim();
  Deno.test(`stopping "${what}" ${withdrawn ? "takes out" : "leaves"} an invitation`, () => {
    assert.deepEqual(
      withdrawIfStopped(LINK, { scope, target }, hash, NOW),
      withdrawn ? stoppedLink(7, scope) : [],
    );
  });
}

Deno.test("stopping mails from outside takes out those inviters, and no others", () => {
  const open = { mail: 3, invitation: 1, roomId: PLANS, inviter: ALICE };
  const stopped = { scope: "outside", target: new Uint8Array() } as const;
  const writes = (outside?: boolean) => withdrawIfStopped({ ...open, outside }, stopped, hash, NOW);
  assert.deepEqual(writes(true), stoppedLink(1, "outside"));
  assert.deepEqual([writes(false), writes()], [[], []]);
});
