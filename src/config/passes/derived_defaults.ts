/**
 * Defaults that depend on other settings or on the machine.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { loopbackHost } from "../../domain/loopback.ts";
import { isServerName } from "../../domain/user_id.ts";
import { quoted } from "../../text/printable.ts";
import { LOG_LEVELS, parseLogLevel } from "../sections/logging.ts";
import type { Draft } from "../source/draft.ts";

/** The file name of the service's own database by default. */
export const DATABASE_NAME = "appservice-mxisd.db";

const TEMPLATE = ["threepid", "medium", "email", "generators", "template"];
const REGISTER_URL = [...TEMPLATE, "placeholder", "REGISTER_URL"];

/** Fills in the defaults that depend on other settings or on the machine. */
export function fillDerivedDefaults(draft: Draft): void {
  const { environment, report } = draft;
  const domain = draft.text(["matrix", "domain"]);
  if (domain && isServerName(domain)) {
    if (draft.text(REGISTER_URL) === "") draft.replace(REGISTER_URL, `https://${domain}`);
    else draft.fill(REGISTER_URL, `https://${domain}`);
  }

  const host = loopbackHost(draft.text(["appsvc", "endpoint", "toAS", "url"]) ?? "");
  if (host) draft.fill(["server", "host"], host);

  // The default of mxisd 1.2's matrix.listener.localpart.
  const url = report.positions.find(["appsvc", "endpoint", "toHS", "url"]);
  if (url?.written[0] === "matrix") draft.fill(["appsvc", "user", "main"], "appservice-mxisd");

  // Several directories are separated by colons (systemd.exec, StateDirectory=).
  const state = environment.env("STATE_DIRECTORY")?.split(":")[0];
  const folder = state || dirname(draft.file);
  draft.fill(["storage", "provider", "sqlite", "database"], join(folder, DATABASE_NAME));

  const level = environment.env("MXISD_LOG_LEVEL");
  if (!level) return;
  if (parseLogLevel(level)) draft.replace(["logging", "level"], level);
  else {
    const message = `the environment variable MXISD_LOG_LEVEL is ${quoted(level)}: expected one ` +
      `of ${LOG_LEVELS.join(", ")}`;
    report.addAt("warning", { line: 1, column: 1 }, "", message);
  }
}
