/**
 * The section of the configuration for mails that become files.
 *
 * @module
 */

import { z } from "zod";
import { path } from "../settings/kinds.ts";

/** The section's keys. */
export const fileSection = z.strictObject({
  folder: path("folder").describe("The folder that gets a file for each mail."),
});

/** The section's settings. */
export type FileSettings = z.output<typeof fileSection>;
