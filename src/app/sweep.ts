/**
 * Compares the homeserver's pending invites with the outbox, at the start and every hour.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { StoreError } from "../identity/port.ts";
import { MEMBERSHIP_TABLES, openSynapseMemberships } from "../identity/sql/synapse_memberships.ts";
import type { Memberships } from "../identity/memberships.ts";
import { sweep, type SweepOptions } from "../notify/accept/sweep.ts";
import { HOUR, MINUTE } from "../settings/duration.ts";
import { openLog } from "../system/log_events.ts";
import type { Platform } from "./platform.ts";

const log = openLog("accept");

// Nobody waits for it, and the first page of a large database takes its time.
const PAGE_TIMEOUT_MS = MINUTE;
const FIRST_PAUSE_MS = MINUTE;

/** Opens the homeserver's memberships; `undefined` if there is no sweep. */
export function openMemberships(
  { appsvc, notify, synapseSql }: Settings,
  { clock, authorities }: Pick<Platform, "clock" | "authorities">,
): Memberships | undefined {
  const isConfigured = synapseSql.enabled || notify.homeserver === "database";
  if (!appsvc.enabled || !notify.sweep || !isConfigured) return undefined;
  return openSynapseMemberships(synapseSql, { clock, authorities, timeout: PAGE_TIMEOUT_MS });
}

/** Sweeps until the signal is aborted. It never rejects. */
export async function sweepRepeatedly(options: SweepOptions, signal: AbortSignal): Promise<void> {
  const { clock } = options;
  let pause = FIRST_PAUSE_MS;
  let reported: string | undefined;
  while (!signal.aborted) {
    try {
      await sweep(options, signal);
      reported = undefined;
      pause = FIRST_PAUSE_MS;
      await clock.sleep(HOUR, signal);
    } catch (error) {
      if (signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      // The same reason is told once: it is tried until the database can be read.
      const level = reason === reported ? "debug" : "warn";
      log[level]("pending invites not compared", { error, advice: adviceOn(error) });
      reported = reason;
      await clock.sleep(pause, signal);
      pause = Math.min(2 * pause, HOUR);
    }
  }
}

function adviceOn(error: unknown): string | undefined {
  if (!(error instanceof StoreError) || error.kind !== "misconfigured") return undefined;
  return `let the service read ${MEMBERSHIP_TABLES.join(", ")}, or set notify.sweep to false`;
}
