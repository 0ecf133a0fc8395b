import assert from "node:assert/strict";
import PostalMime from "postal-mime";
import { composeMail } from "../../src/mail/compose/compose.ts";
import { type MailHeaderOptions, mailHeaders } from "../../src/notify/mail_headers.ts";
import { mailModel } from "../../src/notify/mail_model.ts";
import type { ClaimedMail } from "../../src/outbox/port.ts";
import { message } from "../fakes/mail/messages.ts";
import { claimedMail, mailInvitation } from "../fakes/notify/claimed_mail.ts";
import { address, HEADERS, MODEL } from "../fakes/notify/service.ts";

const BOB = address("bob@mail.example");

/** The fields of a mail about invitations to these rooms, by these people. */
function headers(
  invitations: readonly [room: string, inviter: string][],
  to = BOB,
  options: Partial<MailHeaderOptions> = {},
  changes: Partial<ClaimedMail> = {},
) {
  const mail = claimedMail({
    ...changes,
    address: to,
    invitations: invitations.map(([roomId, inviter], id) =>
      mailInvitation({ id, roomId, inviter })
    ),
  });
  return mailHeaders(mail, mailModel(mail, MODEL), { ...HEADERS, ...options });
}

const ALICE = "@alice:example.org";
const thread = (...given: Parameters<typeof headers>) => headers(...given)["References"];

Deno.test("mails about one room to one person are one thread, whoever invites and however the address is spelt", () => {
  const first = thread([["!plans:x", ALICE]]);
  assert.match(first ?? "", /^<[0-9a-f]{40}\.thread@example\.org>$/);
  assert.equal(thread([["!plans:x", "@dave:elsewhere.example"]]), first);
  assert.equal(thread([["!plans:x", ALICE], ["!plans:x", "@dave:x"]]), first);
  assert.equal(thread([["!plans:x", ALICE]], address("Bob+work@mail.example")), first);
});

Deno.test("another room, another person or another secret is another thread", () => {
  const all = [
    thread([["!plans:x", ALICE]]),
    thread([["!other:x", ALICE]]),
    thread([["!plans:x", ALICE]], address("carol@mail.example")),
    thread([["!plans:x", ALICE]], BOB, { secret: "another" }),
    thread([["!plans:x:", ALICE]], address("bob@mail.example2")),
  ];
  assert.equal(new Set(all).size, all.length);
});

Deno.test("a mail about several rooms belongs to no thread", () => {
  assert.equal(thread([["!plans:x", ALICE], ["!other:x", ALICE]]), undefined);
});

Deno.test("a reminder is in the thread of the mail that it reminds of, also about several rooms", () => {
  const room = thread([["!plans:x", ALICE]]);
  const reminding = (...invitations: [room: string, inviter: string][]) =>
    headers(invitations, BOB, {}, { kind: "reminder", reminds: "<first@example.org>" })[
      "References"
    ];
  assert.equal(reminding(["!plans:x", ALICE]), `${room} <first@example.org>`);
  assert.equal(reminding(["!plans:x", ALICE], ["!other:x", ALICE]), "<first@example.org>");
});

Deno.test("no field reveals the room, the inviter or the recipient", () => {
  const all = JSON.stringify(headers([["!plans:x", ALICE]]));
  assert.doesNotMatch(all, /plans|alice|bob/i);
});

Deno.test("all mails of a service are one list, by a name that no language changes", () => {
  const { "List-Id": list } = headers([["!plans:x", ALICE]]);
  assert.equal(list, "Matrix invitations <matrix-invitations.example.org>");
});

Deno.test("replies go where the configuration says, and never to the inviter", () => {
  assert.equal(headers([["!plans:x", ALICE]])["Reply-To"], undefined);
  const replyTo = address("help@example.org");
  assert.equal(headers([["!plans:x", ALICE]], BOB, { replyTo })["Reply-To"], replyTo);
});

Deno.test("the fields arrive unchanged", async () => {
  const replyTo = address("help@bücher.example");
  const given = headers([["!plans:x", ALICE]], BOB, { replyTo });
  const mail = await composeMail(message({ headers: given }));
  assert.ok(mail.kind === "composed");
  assert.ok(!mail.eightBit);
  const { headers: arrived } = await PostalMime.parse(mail.bytes);
  const field = (key: string) => arrived.find((header) => header.key === key)?.value;
  assert.equal(field("list-id"), given["List-Id"]);
  assert.equal(field("references"), given["References"]);
  assert.equal(field("reply-to"), "help@xn--bcher-kva.example");
});
