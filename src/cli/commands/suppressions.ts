/**
 * The commands `suppressions list` and `suppressions lift`.
 *
 * @module
 */

import { elsewhereAdvice, outboxName } from "../../app/outbox.ts";
import { addressKey, parseEmailAddress } from "../../domain/email_address.ts";
import { parseUserId } from "../../domain/user_id.ts";
import type { Suppression, SuppressionSelector } from "../../outbox/suppressions.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { withOutbox } from "../with_outbox.ts";
import { writeJson } from "../write_json.ts";

/** Prints what recipients have stopped, the oldest first; with `json` as one document. */
export async function listSuppressions(context: CommandContext, json: boolean): Promise<ExitCode> {
  const { out, err } = context.streams;
  return await withOutbox(context, async ({ outbox: { suppressions }, settings }) => {
    const all = await suppressions.list();
    if (json) out(writeJson({ suppressions: all.map(documentOf) }));
    else for (const suppression of all) out(describe(suppression));
    if (all.length === 0 && !json) {
      const advice = elsewhereAdvice(settings);
      const more = advice === undefined ? "" : ` (${advice})`;
      err(`There are no suppressions in ${printable(outboxName(settings))}${more}`);
    }
    return ExitCode.ok;
  });
}

/** Lifts one of them, or all of an address or a user. Fails when there is none. */
export async function liftSuppressions(context: CommandContext, text: string): Promise<ExitCode> {
  const { out, err } = context.streams;
  const selector = parseSelector(text);
  if (selector === undefined) {
    err(
      `${printable(text)} is not an email address, Matrix ID or number: write one such as ` +
        "bob@example.org, @bob:example.org or 12",
    );
    return ExitCode.usage;
  }
  return await withOutbox(context, async ({ outbox: { suppressions }, settings }) => {
    const count = await suppressions.lift(selector);
    if (count === 0) {
      err(
        `There is no suppression for ${printable(text)} in ${printable(outboxName(settings))}: ` +
          "suppressions list shows all",
      );
      return ExitCode.failed;
    }
    out(`Lifted ${count}: the next invitations are emailed again`);
    return ExitCode.ok;
  });
}

function parseSelector(text: string): SuppressionSelector | undefined {
  if (/^[0-9]{1,15}$/.test(text)) return { id: Number(text) };
  const userId = parseUserId(text);
  if (userId !== undefined) return { userId };
  const address = parseEmailAddress(text);
  return address && { addressKey: addressKey(address) };
}

function documentOf(suppression: Suppression): object {
  const { id, addressHash, addressKey, userId, scope, target, reason, at, until } = suppression;
  return {
    id,
    scope,
    target,
    // Equal hashes mean the same address, also when it is no longer known.
    address: addressKey,
    addressHash: addressHash.toHex(),
    user: userId,
    since: new Date(at).toISOString(),
    until: until && new Date(until).toISOString(),
    by: reason,
  };
}

function describe(suppression: Suppression): string {
  const { id, addressHash, addressKey, userId, scope, target, reason, at, until } = suppression;
  const what = whatIsStopped(scope, target);
  const facts = {
    // Equal hashes mean the same address.
    address: addressKey ?? `no longer known (${addressHash.toHex()})`,
    user: userId,
    since: new Date(at).toISOString(),
    until: until && new Date(until).toISOString(),
    by: reason,
  };
  const lines = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `  ${key.padEnd(9)}${printable(String(value))}`);
  return [`${id}: ${printable(what)}`, ...lines].join("\n");
}

function whatIsStopped(scope: Suppression["scope"], target: string | undefined): string {
  switch (scope) {
    case "all":
      return "all emails";
    case "outside":
      return "emails about inviters from outside";
    case "bounce":
      return "all emails, as earlier ones came back";
    default:
      return `${scope} ${target ?? "no longer known"}`;
  }
}
