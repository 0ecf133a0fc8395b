import assert from "node:assert/strict";
import type { MailLink, OpenMail } from "../../src/outbox/cancel.ts";
import { BY_ADMINISTRATOR, cancelInvitation, cancelMail } from "../../src/outbox/intervene.ts";

const NOW = 1000;
const PENDING = { id: 1, state: "pending", waiting: { kind: "due", at: 5 } } as const;
const RESOLVED = { id: 1, state: "resolved", waiting: { kind: "no" } } as const;

function link(invitation: number, changes: Partial<MailLink> = {}): MailLink {
  return {
    ...{ invitation, state: "resolved" },
    ...{ answered: false, added: false, open: true, suppressed: false, hasOtherMails: false },
    ...changes,
  };
}

function mail(
  id: number,
  links: readonly MailLink[],
  state: OpenMail["state"] = "queued",
): OpenMail {
  return { id, state, links };
}

function kinds(plan: ReturnType<typeof cancelMail>): readonly string[] | string {
  return typeof plan === "string" ? plan : plan.map((write) => {
    if (write.kind === "add timeline") return `line ${write.step}`;
    return "id" in write ? `${write.kind} ${write.id}` : write.kind;
  });
}

Deno.test("a mail about other invitations as well only loses the one that is cancelled", () => {
  const plan = cancelInvitation(RESOLVED, [mail(7, [link(1), link(2)])], NOW);
  assert.deepEqual(kinds(plan), ["close links", "end invitation 1", "line cancelled"]);
});

Deno.test("a mail whose other invitations are answered is cancelled with the last one", () => {
  const answered = link(2, { answered: true, open: false });
  const plan = cancelInvitation(RESOLVED, [mail(7, [link(1), answered])], NOW);
  assert.deepEqual(kinds(plan), [
    ...["close links", "cancel mail 7", "end invitation 1", "line cancelled"],
  ]);
});

Deno.test("an invitation of which a mail was refused does not count as cancelled", () => {
  const mails = [mail(7, [link(1)]), mail(8, [link(1)], "rejected")];
  assert.deepEqual(kinds(cancelInvitation(RESOLVED, mails, NOW)), [
    ...["close links", "cancel mail 7", "line cancelled"],
  ]);
  assert.equal(cancelInvitation(RESOLVED, [mail(8, [link(1)], "rejected")], NOW), "ended");
});

Deno.test("nothing that is in work is cancelled", () => {
  const claimed = { ...PENDING, waiting: { kind: "claimed" } } as const;
  assert.equal(cancelInvitation(claimed, [], NOW), "being worked on");
  const mails = [mail(7, [link(1)]), mail(8, [link(1)], "sending")];
  assert.equal(cancelInvitation(RESOLVED, mails, NOW), "being worked on");
  assert.equal(cancelMail(mail(8, [link(1)], "sending"), NOW), "being worked on");
});

Deno.test("what waits for a limit can be cancelled", () => {
  const parked = { ...PENDING, waiting: { kind: "parked", limit: "inviter" } } as const;
  assert.deepEqual(kinds(cancelInvitation(parked, [], NOW)), [
    ...["close links", "end invitation 1", "line cancelled"],
  ]);
});

Deno.test("a cancelled mail ends all its invitations that have no other mail", () => {
  const links = [link(1), link(2, { hasOtherMails: true }), link(3, { state: "cancelled" })];
  const plan = cancelMail(mail(7, links), NOW);
  assert.deepEqual(kinds(plan), ["cancel mail 7", "end invitation 1", "line cancelled"]);
  assert(typeof plan !== "string");
  const reasons = plan.flatMap((write) => "reason" in write ? [write.reason] : []);
  assert.deepEqual(new Set(reasons), new Set([BY_ADMINISTRATOR]));
});
