/**
 * Checks who can read the configuration.
 *
 * @module
 */

import { secretsIn } from "../../settings/redact.ts";
import type { Settings } from "../sections/settings.ts";
import type { Report } from "../source/report.ts";

/**
 * Warns when everybody on the machine can read a file in which secrets are written. The group may:
 * that is how the service's user reads a file that root owns.
 *
 * @param mode The file's permissions, where the system has them.
 */
export function checkFileMode(
  settings: Partial<Settings>,
  { text, mode }: { readonly text: string; readonly mode: number | undefined },
  report: Report,
): void {
  if (mode === undefined || (mode & 0o004) === 0) return;
  if (![...secretsIn(settings, 1)].some((secret) => text.includes(secret))) return;
  const message =
    "everybody on this machine can read this file, and it contains secrets: chmod 640 " +
    "(or 600), or keep the secrets in files of their own ({ file: ... })";
  report.addAt("warning", { line: 1, column: 1 }, "", message);
}
