import assert from "node:assert/strict";
import { mailModel } from "../../src/notify/mail_model.ts";
import type { ClaimedMail, MailInvitation } from "../../src/outbox/port.ts";
import type { InvitationModel } from "../../src/render/port.ts";
import { HOUR } from "../../src/settings/duration.ts";
import { claimedMail, mailInvitation } from "../fakes/notify/claimed_mail.ts";
import { MODEL } from "../fakes/notify/service.ts";

const NOON = Date.UTC(2027, 0, 4, 12);
const BARE = mailInvitation({ originTs: NOON, receivedAt: NOON });

function mail(changes: Partial<ClaimedMail> = {}): ClaimedMail {
  return claimedMail({ queuedAt: NOON, invitations: [BARE], ...changes });
}

function invitation(changes: Partial<MailInvitation>): InvitationModel {
  const [model] = mailModel(mail({ invitations: [{ ...BARE, ...changes }] }), MODEL).invitations;
  assert.ok(model);
  return model;
}

function when(changes: Partial<MailInvitation>, timeZone?: string, configured = "UTC"): string {
  const recipient = { name: "", timeZone };
  const options = { ...MODEL, timeZone: configured };
  const invitations = [{ ...BARE, ...changes }];
  return mailModel(mail({ recipient, invitations }), options).invitations[0]?.when ?? "";
}

Deno.test("what is unknown is an empty text", () => {
  const model = mailModel(mail(), MODEL);
  assert.deepEqual(model.recipient, {
    name: "",
    id: "@bob:example.org",
    address: "bob@mail.example",
  });
  assert.deepEqual(model.invitations[0]?.room, {
    id: "!plans:example.org",
    label: "",
    name: "",
    alias: "",
    kind: "room",
    topic: "",
    encrypted: false,
  });
  assert.equal(model.invitations[0]?.inviter.name, "");
  assert.equal(model.invitations[0]?.reason, "");
});

Deno.test("a room is called by its name, else by its alias", () => {
  const facts = { kind: "room", encrypted: false, alias: "#plans:example.org" } as const;
  assert.equal(invitation({ facts: { room: facts } }).room.label, "#plans:example.org");
  assert.equal(invitation({ facts: { room: { ...facts, name: "Plans" } } }).room.label, "Plans");
});

Deno.test("an inviter is called as the identity stores do, else as the event does", () => {
  const facts = { ...BARE.facts, inviterName: "Ally" };
  assert.equal(invitation({ facts }).inviter.name, "Ally");
  assert.equal(invitation({ facts, inviterName: "Alice A." }).inviter.name, "Alice A.");
});

Deno.test("an inviter from another server, or from none, is not local", () => {
  const from = (inviter: string) => {
    const { local, server } = invitation({ inviter }).inviter;
    return { local, server };
  };
  assert.deepEqual(from("@alice:example.org"), { local: true, server: "example.org" });
  assert.deepEqual(from("@alice:evil.example"), { local: false, server: "evil.example" });
  assert.deepEqual(from("@alice:example.org:1"), { local: false, server: "example.org:1" });
  assert.deepEqual(from("nonsense"), { local: false, server: "" });
});

Deno.test("a time is in the recipient's time zone, else in the configured one", () => {
  assert.match(when({}), /12:00 UTC$/);
  assert.match(when({}, undefined, "Europe/Kyiv"), /14:00 EET$/);
  assert.match(when({}, "Asia/Tokyo", "Europe/Kyiv"), /21:00 GMT\+9$/);
  assert.match(when({}, "Middle/Earth", "Europe/Kyiv"), /14:00 EET$/);
  assert.match(when({}, "", "Middle/Earth"), /12:00 UTC$/);
});

Deno.test("an invitation is never dated in the future", () => {
  assert.equal(when({ originTs: NOON + HOUR }), when({}));
  assert.equal(when({ originTs: 2 ** 53 - 1 }), when({}));
  assert.match(when({ originTs: NOON - HOUR }), /11:00 UTC$/);
  assert.match(when({ originTs: 0 }), /1 January 1970/);
});

Deno.test("a link is made of the room, its alias and the inviter's server", () => {
  const calls: unknown[] = [];
  const link = (room: unknown) => (calls.push(room), "https://example.org/");
  const aliased = { ...BARE, facts: { room: { ...BARE.facts.room, alias: "#a:b" } } };
  mailModel(mail({ invitations: [BARE, aliased] }), { ...MODEL, link });
  const room = { roomId: "!plans:example.org", inviter: "@alice:example.org" };
  assert.deepEqual(calls, [{ ...room, alias: undefined }, { ...room, alias: "#a:b" }]);
});

Deno.test("own inviters come before those from outside, each in their order", () => {
  const inviters = ["@x:x", "@a:example.org", "@y:y", "@b:example.org", "@a:EXAMPLE.ORG:"];
  const invitations = inviters.map((inviter, id) => ({ ...BARE, id, inviter }));
  const model = mailModel(mail({ kind: "digest", invitations }), MODEL);
  assert.deepEqual(model.invitations.map(({ inviter }) => inviter.id), [
    ...["@a:example.org", "@b:example.org", "@x:x", "@y:y", "@a:EXAMPLE.ORG:"],
  ]);
});

Deno.test("a digest lists all its invitations, in their order", () => {
  const invitations = ["!1:x", "!2:x", "!3:x"].map((roomId, id) => ({ ...BARE, id, roomId }));
  const model = mailModel(mail({ kind: "digest", invitations }), MODEL);
  assert.equal(model.mail.kind, "digest");
  assert.deepEqual(model.invitations.map(({ room }) => room.id), ["!1:x", "!2:x", "!3:x"]);
});

Deno.test("a mail is in the recipient's language, else in the configured one, else in English", () => {
  const options = { ...MODEL, languages: ["en", "de", "ar"], language: "de" };
  function spoken(language?: string, configured = "de") {
    const recipient = { name: "", language };
    const model = mailModel(mail({ recipient }), { ...options, language: configured });
    return { ...model.mail, when: model.invitations[0]?.when };
  }
  const german = { language: "de", direction: "ltr", kind: "invite" };
  const monday = "Montag, 4. Januar 2027 um 12:00 UTC";
  assert.deepEqual(spoken(), { ...german, when: monday });
  assert.deepEqual(spoken("sv"), { ...german, when: monday });
  assert.deepEqual(spoken("de-AT"), { ...german, when: monday.replace("Januar", "Jänner") });
  assert.deepEqual([spoken("ar-EG").language, spoken("ar-EG").direction], ["ar", "rtl"]);
  assert.deepEqual([spoken("sv", "fi").language, spoken("sv", "fi").direction], ["en", "ltr"]);
  assert.match(spoken("en-US").when ?? "", /12:00\sPM UTC$/);
});
