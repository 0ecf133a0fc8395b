/**
 * The command `status`: what the outbox holds, in figures.
 *
 * @module
 */

import type { Holds, Outage, Summary } from "../../outbox/records.ts";
import { type LimitName, limitOf, type Work } from "../../outbox/work.ts";
import { DAY } from "../../settings/duration.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { withOutbox } from "../with_outbox.ts";
import { writeJson } from "../write_json.ts";
import { asSpan, asTime } from "./times.ts";
import { limitText, outageText } from "./waits.ts";

/** Prints the figures of the last 24 hours, and of what waits. */
export async function status(
  context: CommandContext,
  args: { readonly json: boolean },
): Promise<ExitCode> {
  const { out } = context.streams;
  return await withOutbox(context, async ({ outbox: { records }, now }) => {
    const summary = await records.summary(now - DAY);
    const holds = await records.holds();
    out(args.json ? writeJson(documentOf(summary, holds)) : describe(summary, holds, now));
    return ExitCode.ok;
  });
}

function describe(summary: Summary, holds: Holds, now: number): string {
  const { invitations, mails, oldest, sentSince, bouncedSince, limited, reasons } = summary;
  const lines = [
    ...heldText(holds, now),
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

function heldText({ catchingUp, outages }: Holds, now: number): readonly string[] {
  const lines: string[] = [];
  if (catchingUp !== undefined) {
    lines.push(
      `The homeserver has been catching up after a downtime since ${
        asTime(catchingUp)
      }: nothing is ` +
        "mailed until it has sent all that happened meanwhile.",
    );
  }
  for (const work of ["invitations", "mails"] as const) {
    const outage = outages[work];
    if (outage === undefined) continue;
    const all = work === "mails" ? "All emails wait" : "All invitations wait";
    lines.push(`${all} for ${printable(outageText(work, outage, now))}.`);
  }
  return lines.length > 0 ? [...lines, ""] : [];
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
  { catchingUp, outages }: Holds,
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
    catchingUp: catchingUp === undefined ? undefined : { since: asTime(catchingUp) },
    outages: {
      invitations: outageDocument(outages.invitations),
      mails: outageDocument(outages.mails),
    },
    limited,
    reasons: reasons.map(({ work, ...rest }) => ({ kind: KINDS[work], ...rest })),
  };
}

function outageDocument(outage: Outage | undefined) {
  if (outage === undefined) return undefined;
  const { since, probeAt, reason } = outage;
  return { since: asTime(since), next: asTime(probeAt), reason };
}
