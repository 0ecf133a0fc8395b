import assert from "node:assert/strict";
import PostalMime from "postal-mime";
import { inviteEvent } from "../process/invite_event.ts";
import { Organisation } from "./organisation.ts";
import { startPostfix } from "./servers/postfix.ts";
import { spamScores } from "./servers/spamassassin.ts";
import { DOMAIN, settingsFor } from "./settings.ts";

const LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pt", "pl", "uk", "ar"];

// The highest scores that are accepted. From 5 on a mail is spam.
const MAX_SCORES: Readonly<Record<string, number>> = { en: 0.1 };
const MAX_OTHER_SCORE = 1;

Deno.test("SpamAssassin does not take the mail for spam in any language", async () => {
  await using postfix = await startPostfix(`mail.${DOMAIN}`);
  await using organisation = await Organisation.create({
    delay: "0",
    settings: (layout) => ({
      server: { port: layout.servicePort, publicUrl: `https://mxisd.${DOMAIN}` },
      threepid: settingsFor({ ...layout, mailPort: postfix.port }, "0").threepid,
      memory: {
        enabled: true,
        identities: LANGUAGES.map((language) => ({
          username: language,
          displayName: "Robin Baker",
          language,
          threepids: [{ medium: "email", address: `${language}@mail.${DOMAIN}` }],
        })),
      },
    }),
  });
  await organisation.startService();
  const events = LANGUAGES.map((language, index) =>
    inviteEvent({
      event_id: `$${language}`,
      state_key: `@${language}:${DOMAIN}`,
      room_id: `!plans${index}:${DOMAIN}`,
      content: { membership: "invite", reason: "Kick-off is on Monday" },
      unsigned: {
        invite_room_state: [
          { type: "m.room.name", state_key: "", content: { name: "Plans for 2027" } },
          { type: "m.room.topic", state_key: "", content: { topic: "What we want to do" } },
          {
            type: "m.room.member",
            state_key: `@alice:${DOMAIN}`,
            content: { membership: "join", displayname: "Alice Archer" },
          },
        ],
      },
    })
  );
  await organisation.pushEvents(...events);
  const mails = await postfix.delivered(LANGUAGES.length);
  const scores = await spamScores(mails);
  const results: Record<string, string> = {};
  const subjects = new Set<string>();
  const tooHigh: string[] = [];
  for (const [index, bytes] of mails.entries()) {
    const { to, subject = "" } = await PostalMime.parse(bytes);
    const language = to?.[0]?.address?.slice(0, 2) ?? "";
    const { points, rules } = scores[index] ?? { points: Infinity, rules: [] };
    results[language] = `${points} (${rules.join(", ")})`;
    subjects.add(subject);
    if (points > (MAX_SCORES[language] ?? MAX_OTHER_SCORE)) tooHigh.push(language);
  }
  assert.equal(subjects.size, LANGUAGES.length, [...subjects].join("\n"));
  assert.deepEqual(Object.keys(results).sort(), LANGUAGES.toSorted());
  assert.deepEqual(tooHigh, [], JSON.stringify(results, undefined, 2));
});

Deno.test("SpamAssassin's rules are installed: it recognises spam", async () => {
  // GTUBE, the string that every spam filter recognises as spam.
  const gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";
  const spam = `From: <a@example.org>\r\nTo: <b@example.org>\r\n` +
    `Subject: A CHANCE FOR YOU!!!\r\n\r\n${gtube}\r\n`;
  const [score] = await spamScores([new TextEncoder().encode(spam)]);
  assert.ok((score?.points ?? 0) >= 1000, String(score?.points));
  for (const rule of ["GTUBE", "SUBJ_ALL_CAPS"]) {
    assert.ok(score?.rules.includes(rule), rule);
  }
});
