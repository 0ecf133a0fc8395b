/**
 * Compares `matrix.domain` with the homeserver's own name.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { isLocal, serverOf } from "../domain/user_id.ts";
import type { Homeserver } from "../matrix/port.ts";
import { SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { quoted } from "../text/printable.ts";
import { StartError } from "./start_error.ts";

/**
 * `confirmed`: the domain is the homeserver's name. `unknown`: the homeserver does not say yet.
 * `unasked`: without an as_token nobody can ask it.
 */
export type ServerNameState = "confirmed" | "unknown" | "unasked";

const FIRST_PAUSE_MS = SECOND;
const MAX_PAUSE_MS = 10 * SECOND;

/**
 * Asks the homeserver for its name once.
 *
 * @throws {StartError} When `matrix.domain` is not its name: every invite would be ignored.
 */
export async function checkServerName(
  { matrix, appsvc }: Settings,
  homeserver: Pick<Homeserver, "whoami">,
  signal?: AbortSignal,
): Promise<ServerNameState> {
  if (appsvc.endpoint.toHS.token === undefined) return "unasked";
  const answer = await homeserver.whoami(signal);
  if (answer.kind !== "user") return "unknown";
  if (isLocal(answer.user, matrix.domain)) return "confirmed";
  const name = quoted(serverOf(answer.user));
  throw new StartError(
    `matrix.domain is ${
      quoted(matrix.domain)
    }, but the homeserver's server_name is ${name}, as it ` +
      `calls this service ${quoted(answer.user)}: write "domain: ${serverOf(answer.user)}"; no ` +
      "file was changed",
  );
}

/**
 * Asks the homeserver again until it says its name, or the signal is aborted.
 *
 * @returns Whether the name is confirmed.
 * @throws {StartError} When `matrix.domain` is not its name.
 */
export async function waitForServerName(
  settings: Settings,
  homeserver: Pick<Homeserver, "whoami">,
  clock: Pick<Clock, "sleep">,
  signal: AbortSignal,
): Promise<boolean> {
  for (let pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
    await clock.sleep(pause, signal);
    if (signal.aborted) return false;
    if (await checkServerName(settings, homeserver, signal) === "confirmed") return true;
  }
}
