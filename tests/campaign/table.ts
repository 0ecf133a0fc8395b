/**
 * The table of a campaign.
 *
 * @module
 */

import type { Account } from "./account.ts";
import type { CampaignReport } from "./campaign.ts";

const COLUMNS: Readonly<Record<string, (account: Account) => number>> = {
  invites: ({ accepted }) => accepted,
  announced: ({ announced }) => announced,
  allowed: ({ allowed }) => allowed,
  lost: ({ lost }) => lost.length,
  doubled: ({ doubled }) => doubled.length,
  late: ({ late }) => late.length,
  misdirected: ({ misdirected }) => misdirected.length,
  copies: ({ copies }) => copies,
  held: ({ held }) => held,
  "longest (s)": ({ longestWait }) => Math.round(longestWait / 1000),
};

/** The invites by the kind of fault that they met first, or by none but kills. */
export function tableOf({ kills, faults, byKind, total }: CampaignReport): string {
  const times = Map.groupBy(faults, ({ kind }) => kind);
  const rows = [
    ["fault", "times", ...Object.keys(COLUMNS)],
    ...[...byKind].sort(([one], [other]) => one < other ? -1 : 1).map(([kind, account]) =>
      row(kind, kind === "kills" ? kills : times.get(kind)?.length ?? 0, account)
    ),
    row("all", kills + faults.length, total),
  ];
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ??
    [];
  return rows.map((row) =>
    row.map((cell, at) => at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))
      .join("  ")
  ).join("\n");
}

function row(name: string, times: number, account: Account): readonly string[] {
  return [name, times, ...Object.values(COLUMNS).map((value) => value(account))].map(String);
}
