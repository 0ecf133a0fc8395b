/**
 * The reader of the service's log stands still.
 *
 * @module
 */

import type { Campaign } from "../fault.ts";
import { until } from "../pause.ts";

// Several lines each: more than the pipe holds.
const INVITES = 250;
const PER_BODY = 50;
const PATIENCE_MS = 240_000;

/** Reads nothing until hundreds of invites were acknowledged and mailed, then goes on. */
export async function holdLog({ homeserver, mailServer, service }: Campaign): Promise<string> {
  using held = new DisposableStack();
  for (const { child } of service.replicas) held.use(child.holdOutput());
  for (let pushed = 0; pushed < INVITES; pushed += PER_BODY) {
    await homeserver.pushInvites(PER_BODY);
  }
  const last = homeserver.accepted.at(-1)?.room ?? "";
  const isMailed = () => mailServer.rooms.has(last);
  await until("invites are mailed while nobody reads the log", isMailed, PATIENCE_MS);
  return `for ${INVITES} invites`;
}
