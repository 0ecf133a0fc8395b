/**
 * The command `status`: what the outbox holds, in figures.
 *
 * @module
 */

import type { Summary } from "../../outbox/records.ts";
import { type LimitName, limitOf, type Work } from "../../outbox/work.ts";
import { DAY } from "../../settings/duration.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { withOutbox } from "../with_outbox.ts";
import { writeJson } from "../write_json.ts";
import { asSpan, asTime } from "./times.ts";
import { limitText } from "./waits.ts";

/** Prints the figures of the last 24 hours, and of what waits. */
export async function status(
  context: CommandContext,
  args: { readonly json: boolean },
): Promise<ExitCode> {
  const { out } = context.streams;
  return await withOutbox(context, async ({ outbox: { records }, now }) => {
    const summary = await records.summary(now - DAY);
    out(args.json ? writeJson(documentOf(summary)) : describe(summary, now));
    return ExitCode.ok;
  });
}

function describe(summary: Summary, now: number): string {
  const { invitations, mails, oldest, sentSince, bouncedSince, limited, reasons } = summary;
  const lines = [
    `Invitations that wait:  ${count(invitations.pending)}${age(oldest.invitations, now)}`,
    `Emails that wait:       ${count(mails.queued)}${age(oldest.mails, now)}`,
    `Emails being sent:      ${count(mails.sending)}`,
    `Emails sent in 24 h:    ${sentSince.count}`,
    `Emails that came back:  ${bouncedSince}`,
  ];
  const waiting = Object.entries(limited);
  if (waiting.length > 0) lines.push("", "Waiting for a limit:");
  for (const [limit, count] of waiting) {
    lines.push(`  ${String(count).padStart(6)}  for ${limitText(limit as LimitName)}`);
  }
  // Those that wait for a limit are above.
  const others = reasons.filter(({ reason }) => limitOf(reason) === undefined);
  if (others.length > 0) lines.push("", "Not sent, or waiting longer, of the last 24 h:");
  for (const { work, state, reason, count } of others) {
    lines.push(printable(`  ${String(count).padStart(6)}  ${KINDS[work]} ${state}: ${reason}`));
  }
  return lines.join("\n");
}

const KINDS: Readonly<Record<Work, string>> = { invitations: "invitation", mails: "email" };

function count(figure: number | undefined): number {
  return figure ?? 0;
}

function age(since: number | undefined, now: number): string {
  return since === undefined ? "" : ` (the oldest for ${asSpan(now - since)})`;
}

function documentOf(
  { invitations, mails, oldest, sentSince, bouncedSince, limited, reasons }: Summary,
) {
  const times = { invitations: oldest.invitations, mails: oldest.mails };
  return {
    invitations,
    mails,
    oldest: Object.fromEntries(
      Object.entries(times).flatMap(([work, at]) => at === undefined ? [] : [[work, asTime(at)]]),
    ),
    sent: { since: asTime(sentSince.at), count: sentSince.count },
    bounced: { since: asTime(sentSince.at), count: bouncedSince },
    limited,
    reasons: reasons.map(({ work, ...rest }) => ({ kind: KINDS[work], ...rest })),
  };
}
