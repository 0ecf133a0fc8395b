/**
 * Measures the parts of the service from the outside, at their ports.
 *
 * @module
 */

import type { AppserviceOptions } from "../../http/appservice.ts";
import { type IdentityStore, StoreError } from "../../identity/port.ts";
import type { MailTransport } from "../../mail/port.ts";
import type { FigureName, LabelsOf } from "../../metrics/figures.ts";
import type { Registry } from "../../metrics/registry.ts";
import type { InvitationOutcome, Outbox } from "../../outbox/port.ts";
import type { InvitationSettled } from "../../outbox/settled.ts";
import { SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";

/** Measures parts: each method returns the part with the figures counted. */
export interface Measure {
  readonly accept: (accept: AppserviceOptions["accept"]) => AppserviceOptions["accept"];
  readonly outbox: (outbox: Outbox) => Outbox;
  readonly store: (store: IdentityStore) => IdentityStore;
  readonly transport: (transport: MailTransport) => MailTransport;
}

/** Leaves the parts as they are. */
export const NO_MEASURE: Measure = {
  accept: (accept) => accept,
  outbox: (outbox) => outbox,
  store: (store) => store,
  transport: (transport) => transport,
};

/** Counts in a registry what passes through the parts. */
export function openMeasure(registry: Registry, clock: Pick<Clock, "monotonic">): Measure {
  // The seconds until it is called.
  function startWatch(): () => number {
    const start = clock.monotonic();
    return () => (clock.monotonic() - start) / SECOND;
  }

  async function timed<Result>(
    operation: LabelsOf<"database_seconds">["operation"],
    work: () => Promise<Result>,
  ): Promise<Result> {
    const seconds = startWatch();
    try {
      return await work();
    } catch (error) {
      registry.count("database_errors_total", { operation });
      throw error;
    } finally {
      registry.observe("database_seconds", { operation }, seconds());
    }
  }

  return {
    accept: (accept) => async (body) => {
      const seconds = startWatch();
      registry.count("transaction_bytes_total", {}, body.length);
      let result: LabelsOf<"transactions_total">["result"] = "failed";
      try {
        const accepted = await accept(body);
        result = accepted.kind;
        return accepted;
      } finally {
        registry.count("transactions_total", { result });
        registry.observe("transaction_seconds", {}, seconds());
      }
    },
    outbox: (outbox) => ({
      ...outbox,
      async record(changes, options) {
        const recorded = await timed("record", () => outbox.record(changes, options));
        const source = options.source ?? "transaction";
        for (const { kind: result } of recorded) registry.count("events_total", { source, result });
        return recorded;
      },
      claimInvitations: (count, options) =>
        timed("claim invitations", () => outbox.claimInvitations(count, options)),
      async settleInvitation(claim, outcome) {
        const settle = () => outbox.settleInvitation(claim, outcome);
        const settled = await timed("settle invitation", settle);
        const labels = invitationLabels(outcome, settled);
        if (labels) registry.count("invitations_total", labels);
        if (settled.kind === "settled") {
          registry.count("mails_queued_total", {}, settled.mails.length);
        }
        return settled;
      },
      claimMails: (options) => timed("claim mails", () => outbox.claimMails(options)),
      async settleMail(claim, outcome) {
        const settled = await timed("settle mail", () => outbox.settleMail(claim, outcome));
        const ended = settled.kind === "rejected" ? "rejected" : outcome.kind;
        if (settled.kind !== "lost" && ended !== "released") {
          registry.count("mails_total", { outcome: ended });
        }
        return settled;
      },
      [Symbol.asyncDispose]: () => outbox[Symbol.asyncDispose](),
    }),
    store: (store) => ({
      name: store.name,
      deadline: store.deadline,
      async findProfile(user, options) {
        const seconds = startWatch();
        let result: LabelsOf<"lookup_seconds">["result"] = "temporary";
        try {
          const profile = await store.findProfile(user, options);
          result = profile === undefined ? "unknown" : "found";
          return profile;
        } catch (error) {
          if (error instanceof StoreError) result = error.kind;
          throw error;
        } finally {
          registry.observe("lookup_seconds", { store: store.name, result }, seconds());
        }
      },
      check: (options) => store.check(options),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    }),
    transport: (transport) => ({
      name: transport.name,
      concurrency: transport.concurrency,
      longestSend: transport.longestSend,
      async send(message, options) {
        const seconds = startWatch();
        const receipt = await transport.send(message, options);
        registry.observe("send_seconds", { result: receipt.kind }, seconds());
        if (receipt.kind !== "accepted") {
          const fault = receipt.kind === "rejected" ? "recipient" : receipt.fault;
          registry.count("send_failures_total", { fault, stage: receipt.stage });
        }
        return receipt;
      },
      check: (options) => transport.check(options),
      [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
    }),
  };
}

// The reason of one that is skipped is one of few; of others it may be what a store said.
function invitationLabels(
  outcome: InvitationOutcome,
  settled: InvitationSettled,
): LabelsOf<"invitations_total" & FigureName> | undefined {
  if (settled.kind === "lost" || outcome.kind === "released") return undefined;
  if (settled.kind === "suppressed") return { outcome: "skipped", reason: "suppressed" };
  return { outcome: outcome.kind, reason: outcome.kind === "skipped" ? outcome.reason : "" };
}
