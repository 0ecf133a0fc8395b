/**
 * Checks whether people's browsers can reach the pages on which emails are stopped.
 *
 * @module
 */

import { isUnencrypted } from "../../domain/loopback.ts";
import type { Settings } from "../sections/settings.ts";
import type { Report } from "../source/report.ts";

/** Checks the public URL. */
export function checkPublicUrl({ server }: Partial<Settings>, report: Report): void {
  if (!server) return;
  const path = ["server", "publicUrl"];
  const url = server.publicUrl;
  if (url === undefined) {
    // Errors come first.
    if (report.refused) return;
    const message =
      "is not set, so that emails have no link to stop them: publish the pages below " +
      "/stop/ as docs/stopping.md shows, and write their URL here";
    report.add("notice", path, message);
  } else if (isUnencrypted(url)) {
    const message =
      "the links to stop emails are unencrypted, and mail clients show no button for them: " +
      "write https";
    report.add("warning", path, message);
  }
  if (url?.endsWith("/stop")) {
    const message = `the links become ${url}/stop/...: leave out /stop, which the service adds`;
    report.add("warning", path, message);
  }
}

/** Says what the public URL of a file of mxisd or ma1sd is used for here. */
export function checkOldPublicUrl({ server }: Partial<Settings>, report: Report): void {
  if (server?.publicUrl === undefined) return;
  const message = "was the identity server's URL in mxisd; here emails link to the pages below " +
    "/stop/ there: publish them as docs/stopping.md shows, or remove the key";
  report.add("notice", ["server", "publicUrl"], message);
}
