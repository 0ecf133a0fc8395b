/**
 * Checks what asking the homeserver about people needs.
 *
 * @module
 */

import { readServerAddress } from "../../database/server_address.ts";
import type { Settings } from "../sections/settings.ts";
import type { Report } from "../source/report.ts";

const KEY = ["notify", "homeserver"];

/** Checks that the homeserver can be asked as configured. */
export function checkKnowledge(
  { notify, appsvc, synapseSql }: Partial<Settings>,
  report: Report,
): void {
  if (!notify) return;
  if (notify.homeserver === "off" && notify.activeWithin !== undefined) {
    const message = "needs notify.homeserver: set that to api or database";
    report.add("error", ["notify", "activeWithin"], message);
  }
  if (notify.homeserver === "off" && notify.added) {
    const message = "needs notify.homeserver, which tells whether people joined a room by " +
      "themselves: set that to api or database";
    report.add("error", ["notify", "added"], message);
  }
  if (notify.homeserver === "api" && appsvc && !appsvc.endpoint.toHS.token?.reveal()) {
    const message = "api needs the registration's as_token: write appsvc.endpoint.toHS.token, or " +
      "name the registration in appsvc.registration.synapse.file";
    report.add("error", KEY, message);
  }
  if (notify.homeserver === "database" && synapseSql) checkDatabase(synapseSql, report);
}

// synapseSql itself checks them only if people are looked up there.
function checkDatabase(
  { enabled, type, connection }: Settings["synapseSql"],
  report: Report,
): void {
  if (enabled) return;
  const text = connection?.reveal();
  if (type === undefined || !text) {
    const message =
      "database needs synapseSql.type and synapseSql.connection; synapseSql.enabled " +
      "may stay false";
    report.add("error", KEY, message);
  } else if (type !== "sqlite") {
    const read = readServerAddress(text, type);
    if (read.kind === "wrong") report.add("error", ["synapseSql", "connection"], read.problem);
  }
}
