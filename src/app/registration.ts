/**
 * Keeps the registration file up to date when the service starts, as mxisd did.
 *
 * @module
 */

import { isOutdated, updateRegistrationFile } from "../config/registration/file.ts";
import { wantedRegistration } from "../config/registration/wanted.ts";
import type { Settings } from "../config/sections/settings.ts";
import { openLog } from "../system/log_events.ts";
import type { RandomBytes } from "../system/random.ts";
import type { ServerNameState } from "./server_name.ts";

const log = openLog("registration");

/**
 * Whether the file has to be changed once it is known that `matrix.domain` is right. One that does not
 * exist is created at once: the homeserver may be waiting for it.
 */
export async function changesLater(
  settings: Settings,
  serverName: ServerNameState,
): Promise<boolean> {
  const { file } = settings.appsvc.registration.synapse;
  if (file === undefined || serverName !== "unknown") return false;
  if (!await isOutdated(file, wantedRegistration(settings))) return false;
  const advice = "it is changed as soon as the homeserver accepts the as_token and says its name";
  log.info("registration not checked yet", { file, advice });
  return true;
}

/** Updates `appsvc.registration.synapse.file`, if that is set. It never changes tokens. */
export async function keepRegistration(settings: Settings, random: RandomBytes): Promise<void> {
  const { file } = settings.appsvc.registration.synapse;
  if (file === undefined) return;
  const update = await updateRegistrationFile(file, wantedRegistration(settings), random);
  const advice = "restart the homeserver so that it reads the file";
  switch (update.kind) {
    case "written":
      log.warn("registration written", { file, advice });
      return;
    case "updated":
      log.warn("registration updated", { file, keys: update.keys, advice });
      break;
    case "failed": {
      const { reason, keys } = update;
      log.error("registration not updated", { file, keys, reason, advice: adviceByHand(keys) });
      return;
    }
    case "refused":
    case "unchanged":
      break;
  }
  for (const { line, key, severity, message } of update.problems) {
    const data = { file, line, key, message };
    if (severity === "error") log.error("registration problem", data);
    else if (severity === "warning") log.warn("registration problem", data);
    else log.info("registration notice", data);
  }
}

function adviceByHand(keys: readonly string[]): string {
  const command = "'appservice-mxisd register'";
  return keys.length === 0
    ? `write or check it with ${command} as root, or let this program read and write it`
    : `change ${keys.join(", ")} as ${command} says, and restart the homeserver; or let this ` +
      "program write the file and its folder";
}
