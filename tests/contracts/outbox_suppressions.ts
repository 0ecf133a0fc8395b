/**
 * How every outbox stores recipients' choices: what a recipient stopped is not mailed.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { MailReference } from "../../src/outbox/suppressions.ts";
import type { Contract } from "./outbox.ts";
import {
  ALICE,
  BOB,
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  mailTo,
  present,
  queueMails,
  recordInvite,
  ROOM,
  SENT,
  type Subject,
} from "./outbox_samples.ts";

export const ADDRESS = "bob@example.org";

/** The reference in the link of that mail, about one room and one inviter. */
export function referenceTo(
  { outbox }: Pick<Subject, "outbox">,
  mail: number,
  { address = ADDRESS, room = ROOM, inviter = ALICE } = {},
): MailReference {
  const { hash } = outbox.suppressions;
  return {
    mail,
    address: hash("address", address),
    room: hash("room", room),
    inviter: hash("inviter", inviter),
  };
}

/** Sends a first mail, and returns the reference in its link. */
export async function mailed(subject: Subject, number = 1): Promise<MailReference> {
  const [mail = 0] = await queueMails(subject, invite(number));
  await subject.outbox.settleMail(await claimMail(subject), SENT);
  return referenceTo(subject, mail);
}

/** Brings an invite to its end; what settling came to, without the IDs of mails. */
export async function settle(
  subject: Subject,
  change: ReturnType<typeof invite>,
  addresses: readonly string[] = [ADDRESS],
) {
  await recordInvite(subject, change);
  subject.clock.advance(DELAY);
  const claim = await claimInvitation(subject);
  const outcome = { kind: "resolved" as const, mails: addresses.map(mailTo) };
  const settled = await subject.outbox.settleInvitation(claim, outcome);
  return settled.kind === "settled" ? settled.mails.length : settled;
}

/** Registers the tests of suppressions. */
export function suppressionsContract(test: Contract): void {
  test("stopping twice is stopping once, since the first time", async (subject) => {
    const { outbox: { suppressions }, clock } = subject;
    const mail = await mailed(subject);
    const since = clock.now();
    assert.equal(await suppressions.suppress(mail, "room", "page"), true);
    clock.advance(5);
    assert.equal(await suppressions.suppress(mail, "room", "one-click"), false);
    assert.deepEqual((await suppressions.stateOf(mail)).stopped, { room: since });
    assert.equal((await suppressions.list()).length, 1);
  });

  test("what is undone is mailed again", async (subject) => {
    const { outbox: { suppressions }, clock } = subject;
    const mail = await mailed(subject);
    await suppressions.suppress(mail, "room", "page");
    await suppressions.suppress(mail, "all", "page");
    assert.equal(await suppressions.undo(mail, "all", clock.now()), true);
    assert.equal(await suppressions.undo(mail, "all", clock.now()), false);
    assert.deepEqual(Object.keys((await suppressions.stateOf(mail)).stopped), ["room"]);
    assert.equal(await suppressions.undo(mail, "room", 0), true);
    assert.equal(await settle(subject, invite(2)), 1);
  });

  test("what was stopped too long ago is not undone", async (subject) => {
    const { outbox: { suppressions }, clock } = subject;
    const mail = await mailed(subject);
    await suppressions.suppress(mail, "all", "page");
    assert.equal(await suppressions.undo(mail, "all", clock.now() + 1), false);
    assert.equal(typeof (await suppressions.stateOf(mail)).stopped.all, "number");
  });

  test("a mail without one room or inviter stops neither", async (subject) => {
    const { outbox: { suppressions } } = subject;
    const { mail, address } = await mailed(subject);
    assert.equal(await suppressions.suppress({ mail, address }, "room", "page"), false);
    assert.equal(await suppressions.suppress({ mail, address }, "inviter", "page"), false);
    assert.equal(await suppressions.undo({ mail, address }, "inviter", 0), false);
    assert.deepEqual(await suppressions.list(), []);
    const { several, ...state } = await suppressions.stateOf({ mail, address });
    assert.deepEqual(present(state), { about: {}, stopped: {} });
    // What it may be about is listed, so that one can be chosen.
    const { hash } = suppressions;
    assert.deepEqual(several.map(({ scope, hash }) => [scope, [...hash]]), [
      ["room", [...hash("room", ROOM)]],
      ["inviter", [...hash("inviter", ALICE)]],
    ]);
  });

  test("mails from outside are stopped together, whichever mail the link is of", async (subject) => {
    const { outbox } = subject;
    const mail = await mailed(subject);
    const mallory = { room: "!other:evil.example", inviter: "@mallory:evil.example" };
    await queueMails(subject, invite(2, mallory));
    await queueMails(subject, invite(3, { room: "!lunch:example.org" }));
    const { mail: id, address } = mail;
    assert.equal(
      await outbox.suppressions.suppress({ mail: id, address }, "outside", "page"),
      true,
    );
    assert.deepEqual((await outbox.counts()).mails, { sent: 1, queued: 1, cancelled: 1 });
    const later = { room: "!third:evil.example", inviter: "@oscar:EXAMPLE.org:8448" };
    assert.deepEqual(await settle(subject, invite(4, later)), {
      kind: "suppressed",
      scopes: ["outside"],
    });
    assert.equal(
      await settle(subject, invite(5, { room: "!4:x", inviter: "@carol:EXAMPLE.org" })),
      1,
    );
    const [row] = await outbox.suppressions.list();
    assert.deepEqual([row?.scope, row?.target], ["outside", undefined]);
    assert.deepEqual(Object.keys((await outbox.suppressions.stateOf(mail)).stopped), ["outside"]);
    assert.equal(await outbox.suppressions.undo(mail, "outside", 0), true);
    assert.equal(await settle(subject, invite(6, { ...later, room: "!5:x" })), 1);
  });

  test("what a mail was about is known while its row is the same mail", async (subject) => {
    const { outbox: { suppressions } } = subject;
    const mail = await mailed(subject);
    assert.deepEqual(present((await suppressions.stateOf(mail)).about), {
      room: { kind: "room", name: "Plans 1", encrypted: false },
      inviter: { id: ALICE },
    });
    const unknown = { ...mail, mail: 4711 };
    assert.deepEqual(present((await suppressions.stateOf(unknown)).about), {});
  });

  test("a row that is another address's now reveals nothing, and is not stopped", async (subject) => {
    const { outbox: { suppressions } } = subject;
    const { mail } = await mailed(subject);
    const foreign = referenceTo(subject, mail, { address: "carol@example.org" });
    assert.deepEqual(present((await suppressions.stateOf(foreign)).about), {});
    await suppressions.suppress(foreign, "all", "page");
    assert.equal(await settle(subject, invite(2)), 1);
    const [row] = await suppressions.list();
    assert.deepEqual([row?.addressKey, row?.userId], [undefined, undefined]);
  });

  test("a link whose mail is deleted stops what is queued, and what comes", async (subject) => {
    const { outbox } = subject;
    await queueMails(subject, invite(1), [ADDRESS, "bob@home.example"]);
    const forgotten = referenceTo(subject, 4711);
    assert.equal(await outbox.suppressions.suppress(forgotten, "room", "page"), true);
    assert.deepEqual((await outbox.counts()).mails, { queued: 1, cancelled: 1 });
    assert.equal((await claimMail(subject)).address, "bob@home.example");
    assert.equal((await settle(subject, invite(2)) as { kind: string }).kind, "suppressed");
  });

  test("the list has what is known, the oldest first", async (subject) => {
    const { outbox: { suppressions }, clock } = subject;
    const mail = await mailed(subject);
    await suppressions.suppress(mail, "room", "page");
    await suppressions.suppress(mail, "inviter", "page");
    await suppressions.suppress(mail, "all", "one-click");
    const common = {
      addressHash: new Uint8Array(mail.address),
      addressKey: ADDRESS,
      userId: BOB,
      at: clock.now(),
    };
    assert.deepEqual(
      (await suppressions.list()).map(({ id: _, ...row }) => present(row)),
      [
        { ...common, scope: "room", target: ROOM, reason: "page" },
        { ...common, scope: "inviter", target: ALICE, reason: "page" },
        { ...common, scope: "all", reason: "one-click" },
      ],
    );
  });

  test("suppressions are lifted one by one, by address, and by person", async (subject) => {
    const { outbox: { suppressions } } = subject;
    const mail = await mailed(subject);
    const forgotten = referenceTo(subject, 4711, { address: "carol@example.org" });
    for (
      const [select, left] of [
        [(id: number) => ({ id }), 3],
        [() => ({ addressKey: ADDRESS }), 1],
        [() => ({ addressKey: "carol@example.org" }), 3],
        [() => ({ userId: BOB }), 1],
        [() => ({ userId: "@carol:example.org" }), 4],
        [() => ({ id: -1 }), 4],
      ] as const
    ) {
      for (const scope of ["all", "room", "inviter"] as const) {
        await suppressions.suppress(mail, scope, "page");
      }
      await suppressions.suppress(forgotten, "all", "page");
      const [first] = await suppressions.list();
      assert.ok(first);
      assert.equal(await suppressions.lift(select(first.id)), 4 - left);
      assert.equal((await suppressions.list()).length, left);
    }
  });
}
