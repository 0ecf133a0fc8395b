import { strict as assert } from "node:assert";
import PostalMime from "postal-mime";
import { inviteEvent } from "./invite_event.ts";
import { Organisation } from "./organisation.ts";
import { startPostfix } from "./servers/postfix.ts";
import { addressOf, DOMAIN, settingsFor } from "./settings.ts";

Deno.test("Postfix takes the mail and delivers it", async () => {
  await using postfix = await startPostfix(`mail.${DOMAIN}`);
  await using organisation = await Organisation.found({
    settings: (places) => ({
      threepid: settingsFor({ ...places, mailPort: postfix.port }, "0").threepid,
    }),
  });
  await organisation.startService();
  const response = await organisation.push("1", [inviteEvent()]);
  assert.deepEqual(await response.json(), {});
  const [bytes] = await postfix.delivered(1);
  assert.ok(bytes);
  const { from, to, headers, text, html } = await PostalMime.parse(bytes);
  assert.equal(from?.address, `matrix@${DOMAIN}`);
  assert.deepEqual(to?.map(({ address }) => address), [addressOf("bob")]);
  assert.ok(text && html);
  const field = (key: string) => headers.find((header) => header.key === key)?.value;
  assert.equal(field("return-path"), `<matrix@${DOMAIN}>`);
  assert.equal(field("auto-submitted"), "auto-generated");
});
