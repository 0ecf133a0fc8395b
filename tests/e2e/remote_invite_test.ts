import assert from "node:assert/strict";
import { inviteEvent } from "../process/invite_event.ts";
import { Organisation } from "./organisation.ts";
import { readable } from "./readable.ts";

const ROOM = "!plans:evil.example";

Deno.test("an invite without any state of the room causes a sensible mail", async () => {
  await using organisation = await Organisation.create();
  await organisation.startService();
  await organisation.pushEvents(inviteEvent({ room_id: ROOM, sender: "@mallory:evil.example" }));
  const { message } = await organisation.mailTo("bob");
  for (const body of [message.subject, message.text, message.html]) {
    assert.doesNotMatch(body ?? "", /undefined|null|\[object|\{\{|“”|""/);
    assert.match(readable(body), /mallory/);
  }
  assert.match(readable(message.text), /@mallory:evil\.example/);
  assert.match(message.text ?? "", /https:\/\/matrix\.to\/#\/!plans(:|%3A)evil\.example/);
});

Deno.test("a remote inviter never gets the name of a local person", async () => {
  await using organisation = await Organisation.create();
  await organisation.startService();
  await organisation.pushEvents(inviteEvent({ room_id: ROOM, sender: "@alice:evil.example" }));
  const { raw, message } = await organisation.mailTo("bob");
  assert.match(readable(message.text), /@alice:evil\.example/);
  for (const body of [new TextDecoder().decode(raw), message.subject, message.text, message.html]) {
    assert.doesNotMatch(body ?? "", /Archer/);
  }
});
