/**
 * Checks the logo.
 *
 * @module
 */

import { parsePicture } from "../../render/liquid/picture.ts";
import { readError } from "../../system/read_file.ts";
import { quoted } from "../../text/printable.ts";
import type { Settings } from "../sections/settings.ts";
import type { ConfigEnvironment } from "../source/environment.ts";
import type { Report } from "../source/report.ts";

/** Checks that the logo's file is a picture that mail clients show. */
export function checkBrand(
  { notify }: Partial<Settings>,
  report: Report,
  environment: ConfigEnvironment,
): void {
  const logo = notify?.brand.logo;
  if (logo === undefined) return;
  const path = ["notify", "brand", "logo"];
  try {
    const picture = parsePicture(environment.readBytes(logo));
    if (typeof picture === "string") report.add("error", path, `${quoted(logo)} ${picture}`);
  } catch (error) {
    report.add("error", path, readError(logo, error).message);
  }
}
