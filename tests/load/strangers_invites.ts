/**
 * Invites by people of other servers, with a colleague's among them.
 *
 * @module
 */

import type { SmtpSink } from "../fakes/mail/smtp_sink.ts";
import { type Cost, invite, type LoadedService } from "./service.ts";

const STRANGER = "@stranger:elsewhere.example";
const DELAY_MS = 1_000;
// The largest number of events that Synapse sends at once.
const BATCH = 100;

/** One stranger invites many people who do not exist, then a colleague invites bob. */
export async function loadUnknownPeople(
  service: LoadedService,
  sink: SmtpSink,
  count: number,
): Promise<Cost> {
  return await behindStrangers(service, sink, count, (number) =>
    invite({
      sender: STRANGER,
      state_key: `@nobody${number}:example.org`,
      room_id: `!${number}:elsewhere.example`,
    }));
}

/** Many strangers invite bob, each to another room, then a colleague does. */
export async function loadOnePerson(
  service: LoadedService,
  sink: SmtpSink,
  count: number,
): Promise<Cost> {
  return await behindStrangers(service, sink, count, (number) =>
    invite({
      sender: `@stranger${number}:elsewhere.example`,
      room_id: `!${number}:elsewhere.example`,
    }));
}

async function behindStrangers(
  service: LoadedService,
  sink: SmtpSink,
  count: number,
  event: (number: number) => unknown,
): Promise<Cost> {
  let colleagueMs = Infinity;
  const cost = await service.measure(async () => {
    for (let first = 0; first < count; first += BATCH) {
      const numbers = Array.from({ length: Math.min(BATCH, count - first) }, (_, n) => first + n);
      await pushed(service, `stranger-${first}`, numbers.map(event));
    }
    const own = invite({ room_id: "!own:example.org", content: { membership: "invite" } });
    await pushed(service, "colleague", [own]);
    const due = performance.now() + DELAY_MS;
    await mailFrom(sink, "@alice:example.org");
    colleagueMs = performance.now() - due;
  });
  return { ...cost, colleagueMs };
}

async function pushed(service: LoadedService, id: string, events: unknown[]): Promise<void> {
  const status = await service.push(id, events);
  if (status !== 200) throw new Error(`transaction ${id} got ${status}`);
}

async function mailFrom(sink: SmtpSink, inviter: string): Promise<void> {
  const PATIENCE_MS = 180_000;
  const end = performance.now() + PATIENCE_MS;
  while (!sink.mails.some(({ email }) => email.text?.includes(inviter))) {
    if (performance.now() > end) throw new Error(`no mail of ${inviter} within ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
