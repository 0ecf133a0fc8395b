import { strict as assert } from "node:assert";
import { addressOf, Organisation } from "./organisation.ts";
import { readable } from "./readable.ts";

/** What a homeserver pushes for an invite from another server that told nothing of the room. */
function remoteInvite(sender: string) {
  return {
    type: "m.room.member",
    room_id: "!plans:evil.example",
    event_id: "$placeholder",
    sender,
    state_key: "@bob:example.org",
    origin_server_ts: Date.now(),
    content: { membership: "invite", displayname: "Bob" },
    unsigned: { invite_room_state: [] },
  };
}

Deno.test("an invite that tells nothing of the room gives a sensible mail", async () => {
  await using organisation = await Organisation.found();
  await organisation.startService();
  const response = await organisation.push("1", [remoteInvite("@mallory:evil.example")]);
  assert.deepEqual(await response.json(), {});
  const { message } = await organisation.mailServer.first(addressOf("bob"));
  for (const body of [message.subject, message.text, message.html]) {
    assert.doesNotMatch(body ?? "", /undefined|null|\[object|\{\{|“”|""/);
    assert.match(readable(body), /mallory/);
  }
  assert.match(readable(message.text), /@mallory:evil\.example/);
  assert.match(message.text ?? "", /https:\/\/matrix\.to\/#\/!plans(:|%3A)evil\.example/);
});

Deno.test("a remote inviter never gets the name of a local person", async () => {
  await using organisation = await Organisation.found();
  await organisation.startService();
  const response = await organisation.push("1", [remoteInvite("@alice:evil.example")]);
  assert.deepEqual(await response.json(), {});
  const { raw, message } = await organisation.mailServer.first(addressOf("bob"));
  assert.match(readable(message.text), /@alice:evil\.example/);
  for (const body of [new TextDecoder().decode(raw), message.subject, message.text, message.html]) {
    assert.doesNotMatch(body ?? "", /Archer/);
  }
});
