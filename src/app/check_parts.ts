/**
 * Checks at the start whether the identity stores, the mail transport and the stop pages can be used:
 * an administrator should not have to wait for the first invite to hear of a wrong password.
 *
 * @module
 */

import type { UserId } from "../domain/user_id.ts";
import type { AskedKnowledge } from "../identity/knowledge.ts";
import type { IdentityStore } from "../identity/port.ts";
import { checkStore } from "../identity/query_stores.ts";
import type { MailTransport } from "../mail/port.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";

const log = openLog("app");

/** What is checked. */
export interface CheckedParts {
  readonly stores: readonly IdentityStore[];
  readonly transport: MailTransport;
  /** What recipients stop mails with, if it is published. */
  readonly stopping?: { readonly check: (signal: AbortSignal) => Promise<void> } | undefined;
  /** What the homeserver knows about people, if it is asked. */
  readonly knowledge?: Pick<AskedKnowledge, "ask"> | undefined;
  /** Whether it is asked when they used a client. */
  readonly activity?: boolean | undefined;
  readonly clock: Clock;
  /** For stores without a deadline of their own, in milliseconds. */
  readonly deadline: number;
}

// Their checks look for a program, which `config` has done; the service may not read files any more.
const RUN_PROGRAMS: readonly string[] = ["exec", "sendmail"];

// RFC 2606 reserves the name "invalid".
const NOBODY = "@nobody:invalid" as UserId;

/** Checks all of them, and logs which can be used and which cannot. Never rejects. */
export async function checkParts(
  { stores, transport, stopping, knowledge, activity, clock, deadline }: CheckedParts,
  signal: AbortSignal,
): Promise<void> {
  const limits = { clock, deadline, signal };
  const reached = stores.filter(({ name }) => !RUN_PROGRAMS.includes(name));
  await Promise.all([
    ...reached.map((store) => checkReported(store, limits)),
    ...(RUN_PROGRAMS.includes(transport.name) ? [] : [checkTransport(transport, signal)]),
    stopping?.check(signal),
    // It logs that the homeserver cannot be asked.
    knowledge?.ask(NOBODY, { activity, signal }),
  ]);
}

async function checkReported(
  store: IdentityStore,
  limits: Parameters<typeof checkStore>[1] & { readonly signal: AbortSignal },
): Promise<void> {
  const { milliseconds, error } = await checkStore(store, limits);
  // An aborted check says nothing about the store.
  if (limits.signal.aborted) return;
  if (error === undefined) {
    log.info("identity store ready", { store: store.name, milliseconds });
    return;
  }
  const data = { store: store.name, reason: error.message };
  if (error.kind === "misconfigured") log.error("identity store not ready", data);
  else log.warn("identity store not ready", data);
}

async function checkTransport(transport: MailTransport, signal: AbortSignal): Promise<void> {
  const failure = await transport.check({ signal });
  if (signal.aborted) return;
  if (failure === undefined) log.info("mail transport ready", { transport: transport.name });
  else log.error("mail transport not ready", { transport: transport.name, ...failure });
}
