import assert from "node:assert/strict";
import type { UserId } from "../../../src/domain/user_id.ts";
import type { Outbox } from "../../../src/outbox/port.ts";
import { HOUR } from "../../../src/settings/duration.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { invite } from "../../contracts/outbox_samples.ts";
import { startPostgresql } from "../servers/postgresql.ts";
import { addressOf, newSchema, openIn } from "./subject.ts";

Deno.test("services that claim at the same moment keep to an inviter's limit together", async () => {
  await using server = await startPostgresql({ fsync: true });
  await using opened = new AsyncDisposableStack();
  const address = addressOf(server, server.port);
  const schema = newSchema();
  const outboxes: Outbox[] = [];
  for (let service = 0; service < 4; service++) {
    outboxes.push(opened.use(await openIn({ address, schema, clock: systemClock })));
  }
  const now = Date.now();
  const invites = Array.from({ length: 60 }, (_, number) =>
    invite(number, {
      invitee: `@${number}:example.org` as UserId,
      room: `!${number}:example.org`,
    }));
  await outboxes[0]?.record(invites, { receivedAt: now, dueAt: now });
  // Less than all of them claim at once.
  const perInviter = { count: 5, per: HOUR };
  let claimed = 0;
  for (let round = 0; round < 12; round++) {
    const claims = outboxes.map((outbox) => outbox.claimInvitations(3, { perInviter }));
    claimed += (await Promise.all(claims)).flat().length;
  }
  assert.equal(claimed, perInviter.count);
});
