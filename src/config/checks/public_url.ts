/**
 * Whether people's browsers can reach the pages on which mails are stopped.
 *
 * @module
 */

import { isUnencrypted } from "../../domain/loopback.ts";
import type { Settings } from "../sections/settings.ts";
import type { Report } from "../source/report.ts";

/** Looks at the public URL. */
export function checkPublicUrl({ server }: Partial<Settings>, report: Report): void {
  if (!server) return;
  const path = ["server", "publicUrl"];
  const url = server.publicUrl;
  if (url === undefined) {
    // What is broken comes first.
    if (report.refused) return;
    const message = "is not set, so that the mails have no link to stop them: publish the pages " +
      "below /stop/ as docs/stopping.md shows, and write where they are";
    report.add("notice", path, message);
  } else if (isUnencrypted(url)) {
    const message =
      "the links to stop mails cross the network in the clear, and mail clients show " +
      "no button for them: write https";
    report.add("warning", path, message);
  }
  if (url?.endsWith("/stop")) {
    const message = `the links become ${url}/stop/...: leave out /stop, which the service adds`;
    report.add("warning", path, message);
  }
}
