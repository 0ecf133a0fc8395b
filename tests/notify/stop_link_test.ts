import assert from "node:assert/strict";
import PostalMime from "postal-mime";
import { composeMail } from "../../src/mail/compose/compose.ts";
import { mailHeaders } from "../../src/notify/mail_headers.ts";
import { mailModel } from "../../src/notify/mail_model.ts";
import { stopHash } from "../../src/notify/stop_hash.ts";
import { stopLink, type StopLinkOptions } from "../../src/notify/stop_link.ts";
import { stopTokens } from "../../src/notify/stop_token.ts";
import type { ClaimedMail, MailInvitation } from "../../src/outbox/port.ts";
import { claimedMail, mailInvitation } from "../fakes/notify/claimed_mail.ts";
import { address, MODEL } from "../fakes/notify/service.ts";

const hash = stopHash("secret");
const tokens = stopTokens("secret");
const OPTIONS: StopLinkOptions = { publicUrl: "https://mxisd.example.org/mail", tokens, hash };

function invitation(id: number, roomId: string, inviter: string): MailInvitation {
  return mailInvitation({ id, roomId, inviter });
}

function mail(...invitations: MailInvitation[]): ClaimedMail {
  return claimedMail({ id: 7, address: address("Bob+news@example.org"), invitations });
}

const ONE = mail(invitation(1, "!a:x.org", "@alice:x.org"));

function tokenOf(link: string) {
  const { origin, pathname } = new URL(link);
  assert.equal(origin + pathname.slice(0, 11), "https://mxisd.example.org/mail/stop/");
  return tokens.read(pathname.slice(11));
}

Deno.test("the link identifies the mail, its address, room, inviter and language", () => {
  assert.deepEqual(tokenOf(stopLink(ONE, "de", OPTIONS)), {
    mail: 7,
    address: hash("address", "bob@example.org"),
    room: hash("room", "!a:x.org"),
    inviter: hash("inviter", "@alice:x.org"),
    language: "de",
  });
});

Deno.test("the link of a mail about several rooms or inviters has only what all have in common", () => {
  const rooms = mail(
    invitation(1, "!a:x.org", "@alice:x.org"),
    invitation(2, "!b:x.org", "@alice:x.org"),
  );
  const both = mail(
    invitation(1, "!a:x.org", "@alice:x.org"),
    invitation(2, "!b:x.org", "@carol:x.org"),
  );
  const offered = (of: ClaimedMail) => {
    const token = tokenOf(stopLink(of, "en", OPTIONS));
    assert.ok(token);
    return Object.entries(token).filter(([, value]) => value !== undefined).map(([key]) => key);
  };
  assert.deepEqual(offered(rooms), ["mail", "address", "inviter", "language"]);
  assert.deepEqual(offered(both), ["mail", "address", "language"]);
});

Deno.test("the link says whether all inviters are from outside, some, or none", () => {
  const outside = (...inviters: string[]) => {
    const invitations = inviters.map((inviter, id) => invitation(id, `!${id}:x.org`, inviter));
    return tokenOf(stopLink(mail(...invitations), "en", { ...OPTIONS, domain: "x.org" }))?.outside;
  };
  assert.equal(outside("@alice:x.org", "@carol:X.ORG"), undefined);
  assert.equal(outside("@alice:x.org", "@mallory:x.org.example"), "some");
  assert.equal(outside("@mallory:x.org:1", "nonsense"), "all");
});

Deno.test("in a trial the link is the tester's own", () => {
  const redirectTo = address("admin@example.org");
  const token = tokenOf(stopLink(ONE, "en", { ...OPTIONS, redirectTo }));
  assert.deepEqual(token?.address, hash("address", "admin@example.org"));
});

Deno.test("the model has the link three times, or not at all", () => {
  const stop = (of: ClaimedMail) => stopLink(of, "en", OPTIONS);
  const { links } = mailModel(ONE, { ...MODEL, stopLink: stop });
  assert.deepEqual(
    [links.stop, links.stopRoom, links.stopInviter],
    [stop(ONE), `${stop(ONE)}?what=room`, `${stop(ONE)}?what=inviter`],
  );
  const without = mailModel(ONE, MODEL).links;
  assert.deepEqual([without.stop, without.stopRoom, without.stopInviter], ["", "", ""]);
});

function fields(publicUrl: string | undefined, mailto?: string) {
  const options = {
    ...MODEL,
    stopLink: publicUrl === undefined
      ? undefined
      : (of: ClaimedMail) => stopLink(of, "en", { ...OPTIONS, publicUrl }),
  };
  const headers = mailHeaders(ONE, mailModel(ONE, options), {
    domain: "example.org",
    secret: "secret",
    unsubscribeMailto: mailto === undefined ? undefined : address(mailto),
  });
  return [headers["List-Unsubscribe"], headers["List-Unsubscribe-Post"]];
}

Deno.test("the button of mail clients needs https", () => {
  const link = stopLink(ONE, "en", OPTIONS);
  assert.deepEqual(fields("https://mxisd.example.org/mail"), [
    `<${link}>`,
    "List-Unsubscribe=One-Click",
  ]);
  const plain = link.replace("https:", "http:");
  assert.deepEqual(fields("http://mxisd.example.org/mail"), [`<${plain}>`, undefined]);
});

Deno.test("an address to write to comes first, encoded, and may be the only way", () => {
  const odd = fields("https://mxisd.example.org/mail", "a&b?c%d@bücher.example")[0] ?? "";
  assert.match(
    odd,
    /^<mailto:a%26b%3Fc%25d@b%C3%BCcher\.example\?subject=unsubscribe>, <https:\/\/[^<>,\s]+>$/,
  );
  assert.deepEqual(fields(undefined, "help@example.org"), [
    "<mailto:help@example.org?subject=unsubscribe>",
    undefined,
  ]);
  assert.deepEqual(fields(undefined), [undefined, undefined]);
});

Deno.test("the link arrives in the header unchanged, however long it is", async () => {
  const publicUrl = `https://mxisd.example.org/${"long/".repeat(30)}x`;
  const [unsubscribe = "", post = ""] = fields(publicUrl, "help@example.org");
  const composed = await composeMail({
    from: { name: "", address: address("matrix@example.org") },
    to: { name: "", address: address("bob@example.org") },
    messageId: "<x@example.org>",
    date: 0,
    headers: { "List-Unsubscribe": unsubscribe, "List-Unsubscribe-Post": post },
    content: { kind: "parts", subject: "x", text: "x", html: "x", inline: [] },
  });
  assert.ok(composed.kind === "composed");
  const { headers } = await PostalMime.parse(composed.bytes);
  const field = (key: string) => headers.find((header) => header.key === key)?.value;
  assert.equal(field("list-unsubscribe"), unsubscribe);
  assert.equal(field("list-unsubscribe-post"), post);
  // A reader that unfolds by the letter of RFC 5322 sees each link whole, too.
  const raw = new TextDecoder().decode(composed.bytes);
  const [, folded = ""] = /\r\nList-Unsubscribe: ((?:.|\r\n[ \t])*)/.exec(raw) ?? [];
  assert.equal(folded.replace(/\r\n(?=[ \t])/g, ""), unsubscribe);
  assert.doesNotMatch(raw, /List-Unsubscribe: =\?/);
});
