import fc from "fast-check";
import assert from "node:assert/strict";
import { isObject } from "../../src/notify/accept/invitation_facts.ts";
import { synapseInvite } from "../fakes/notify/events.ts";
import { HS_TOKEN, RULES, Service } from "../fakes/notify/service.ts";
import { codePoint } from "../fakes/text/code_point.ts";
import { runs, thoroughTest } from "../thorough.ts";

const STATUSES = new Set([200, 400, 413]);
const ERRCODES = new Set([undefined, "M_NOT_JSON", "M_BAD_JSON", "M_TOO_LARGE"]);

/** Checks that a response is one of the specification's. */
async function assertAnswer(response: Response): Promise<void> {
  assert.ok(STATUSES.has(response.status), `${response.status}`);
  assert.ok(ERRCODES.has((await response.json()).errcode));
}

let invitees = 0;

/** An invite of a person whom no other has been for. */
function goodInvite(): Record<string, unknown> {
  return synapseInvite({ state_key: `@person${++invitees}:example.org` });
}

async function assertPending(service: Service, invite: Record<string, unknown>): Promise<void> {
  assert.deepEqual(await service.states(invite.state_key as string), ["pending"]);
}

const anything = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: codePoint }),
  fc.constantFrom(null, [], {}, -1, 1e308, true, "", "\ud800", "\u0000"),
);

/** An invite of which any field can be anything, and may be missing. */
const brokenInvite = fc.record({
  type: fc.oneof({ weight: 9, arbitrary: fc.constant("m.room.member") }, anything),
  room_id: fc.oneof(
    fc.constant("!a:example.org"),
    fc.string({ unit: codePoint }).map((id) => `!${id}`),
    anything,
  ),
  sender: fc.oneof(fc.constant("@alice:example.org"), anything),
  state_key: fc.oneof(
    fc.constant("@broken:example.org"),
    fc.string({ unit: codePoint }).map((localpart) => `@${localpart}:example.org`),
    anything,
  ),
  event_id: anything,
  origin_server_ts: fc.oneof(fc.constant(synapseInvite().origin_server_ts), fc.double(), anything),
  content: fc.oneof(
    fc.record({
      membership: fc.constantFrom("invite", "join", "leave", "ban"),
      reason: anything,
      is_direct: anything,
      displayname: anything,
    }, { requiredKeys: ["membership"] }),
    anything,
  ),
  unsigned: fc.oneof(
    fc.record({
      prev_content: fc.oneof(fc.constant({ membership: "invite" }), anything),
      invite_room_state: fc.oneof(
        fc.array(fc.oneof(
          anything,
          fc.record({
            type: fc.constantFrom(
              "m.room.name",
              "m.room.topic",
              "m.room.create",
              "m.room.member",
              "__proto__",
            ),
            state_key: fc.oneof(fc.constantFrom("", "@alice:example.org", "__proto__"), anything),
            content: fc.oneof(
              fc.record({ name: anything, topic: anything, type: anything }),
              anything,
            ),
          }, { requiredKeys: [] }),
        )),
        anything,
      ),
    }, { requiredKeys: [] }),
    anything,
  ),
}, { requiredKeys: [] });

Deno.test("whatever is among the events, the response is 200 and no invite beside it is lost", async () => {
  await using service = new Service();
  const events = fc.array(fc.oneof(anything, brokenInvite), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(events, events, async (before, behind) => {
      const invite = goodInvite();
      const response = await service.push(...before, invite, ...behind);
      assert.deepEqual([response.status, await response.text()], [200, "{}"]);
      await assertPending(service, invite);
    }),
    runs(150),
  );
});

Deno.test("whatever is beside the events, the response is 200 and no invite is lost", async () => {
  await using service = new Service();
  const rest = fc.dictionary(fc.string(), anything);
  await fc.assert(
    fc.asyncProperty(rest, async (members) => {
      const invite = goodInvite();
      const response = await service.put(JSON.stringify({ ...members, events: [invite] }));
      assert.equal(response.status, 200);
      await assertPending(service, invite);
    }),
    runs(100),
  );
});

Deno.test("any JSON as events, and any bytes as a body, get a response of the specification", async () => {
  await using service = new Service();
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ unit: codePoint }).map((text) => new TextEncoder().encode(`{${text}}`)),
    fc.json().map((text) => new TextEncoder().encode(text)),
    fc.tuple(anything, anything).map(([events, extra]) =>
      new TextEncoder().encode(JSON.stringify({ extra, membership: "invite", events }))
    ),
  );
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      await assertAnswer(await service.put(body as Uint8Array<ArrayBuffer>));
    }),
    runs(300),
  );
  const invite = goodInvite();
  await service.push(invite);
  await assertPending(service, invite);
});

thoroughTest("JSON that is nested a million deep gets a response and crashes nothing", async () => {
  await using service = new Service();
  const deep = `${"[".repeat(1e6)}${"]".repeat(1e6)}`;
  const invite = goodInvite();
  const body = `{"x":${deep},"events":[{"content":${deep}},${JSON.stringify(invite)}]}`;
  await assertAnswer(await service.put(body));
  await service.push(invite);
  await assertPending(service, invite);
});

Deno.test("any user ID, room ID and name is mailed unchanged, or skipped; a mail never fails because of it", async () => {
  await using service = new Service();
  const text = fc.string({ unit: codePoint, maxLength: 400 });
  await fc.assert(
    fc.asyncProperty(
      fc.record({ localpart: text, room: text, sender: text, name: text }),
      async (odd) => {
        const state_key = `@${odd.localpart}:${RULES.domain}`;
        service.people.known.set(state_key, { id: state_key, addresses: ["odd@mail.example"] });
        const invite = goodInvite();
        service.people.known.set(invite.state_key as string, { addresses: ["good@mail.example"] });
        await service.push(
          synapseInvite({
            state_key,
            room_id: `!${odd.room}`,
            sender: odd.sender,
            unsigned: {
              invite_room_state: [
                { type: "m.room.name", state_key: "", content: { name: odd.name } },
                { type: "m.room.canonical_alias", state_key: "", content: { alias: odd.name } },
                {
                  type: "m.room.member",
                  state_key: odd.sender,
                  content: { displayname: odd.name },
                },
              ],
            },
          }),
          invite,
        );
        const before = service.renderer.models.length;
        service.start();
        await service.clock.advance(10_000);
        await service.stop();
        const models = service.renderer.models.slice(before);
        assert.ok(models.some(({ recipient }) => recipient.id === invite.state_key));
        for (const { recipient, invitations } of models) {
          if (recipient.id === invite.state_key) continue;
          // Nothing that comes from outside is cut at a NUL, or changed but for that.
          assert.equal(recipient.id, state_key);
          assert.equal(invitations[0]?.room.id, `!${odd.room}`);
          assert.equal(invitations[0]?.inviter.id, odd.sender.replaceAll("\0", "\uFFFD"));
          assert.ok(invitations[0]?.room.name.isWellFormed());
          assert.ok(URL.canParse(invitations[0]?.link ?? ""));
          assert.ok(invitations[0]?.link.startsWith("https://matrix.to/#/!"));
        }
      },
    ),
    runs(60),
  );
});

Deno.test("any path and query get a response of the specification, and write nothing", async () => {
  await using service = new Service();
  const segment = fc.string({ unit: "binary-ascii" }).map((text) =>
    text.replace(/[\s\\#?]/g, "") || "x"
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"),
      fc.constantFrom(
        "/_matrix/app/v1/transactions/",
        "/users/",
        "/_matrix/app/v1/thirdparty/",
        "/",
      ),
      segment,
      segment,
      async (method, prefix, path, query) => {
        const url = `http://localhost${prefix}${path}?access_token=${query}`;
        fc.pre(URL.canParse(url) && query !== HS_TOKEN);
        const response = await service.app.request(
          new Request(url, {
            method,
            ...(method === "GET" ? {} : { body: JSON.stringify({ events: [synapseInvite()] }) }),
          }),
        );
        assert.ok(
          [401, 403, 404, 405].includes(response.status) || new URL(url).pathname === "/health",
        );
        const body: unknown = await response.json();
        assert.ok(isObject(body));
      },
    ),
    runs(300),
  );
  assert.deepEqual(await service.outbox.counts(), { invitations: {}, mails: {} });
});
