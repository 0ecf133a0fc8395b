/**
 * Checks what a schema cannot: settings against one another.
 *
 * @module
 */

import { loopbackHost } from "../../domain/loopback.ts";
import { isEnabled, type Settings, storeSections } from "../sections/settings.ts";
import type { Report } from "../source/report.ts";
import { checkDirectories } from "./directories.ts";
import { checkDkim } from "./dkim.ts";
import { checkKnowledge } from "./knowledge.ts";
import { checkMail } from "./mail.ts";
import { checkMonitoring } from "./monitoring.ts";
import { checkPublicUrl } from "./public_url.ts";
import { checkTemplateSettings } from "./templates.ts";
import { checkTokens } from "./tokens.ts";
import { checkWebServices } from "./web_services.ts";

/** Checks the sections that are valid by themselves. */
export function checkSettings(
  settings: Partial<Settings>,
  report: Report,
): void {
  checkAppsvc(settings, report);
  checkStores(settings, report);
  checkDirectories(settings, report);
  checkWebServices(settings, report);
  checkMail(settings, report);
  checkDkim(settings, report);
  checkNotify(settings, report);
  checkKnowledge(settings, report);
  checkTemplateSettings(settings, report);
  checkTokens(settings, report);
  checkPublicUrl(settings, report);
  checkMonitoring(settings, report);
}

function checkAppsvc({ appsvc, server }: Partial<Settings>, report: Report): void {
  if (!appsvc) return;
  if (!appsvc.enabled) {
    const message = "disables the service: write true, or remove the line";
    report.add("notice", ["appsvc", "enabled"], message);
  }
  const url = appsvc.endpoint.toAS.url;
  if (url === undefined || server === undefined || !loopbackHost(url)) return;
  const port = Number(new URL(url).port) || (url.startsWith("https:") ? 443 : 80);
  if (port === server.port) return;
  const message = `the homeserver connects to port ${port}, but the service listens on ` +
    `${server.port}: unless a proxy forwards it, write the same port in both`;
  report.add("warning", ["appsvc", "endpoint", "toAS", "url"], message);
}

function checkStores(settings: Partial<Settings>, report: Report): void {
  const names = Object.keys(storeSections) as (keyof typeof storeSections)[];
  const sections = names.map((name) => settings[name]);
  // A section that is missing here has errors of its own.
  if (sections.every((section) => section && !isEnabled(section))) {
    const message =
      `no identity store is enabled, so no email address can be found: enable one of ` +
      names.join(", ");
    report.addAt("warning", { line: 1, column: 1 }, "", message);
  }
}

function checkNotify({ notify }: Partial<Settings>, report: Report): void {
  if (notify?.redirectTo) {
    const message = "trial: all emails go to this address";
    report.add("notice", ["notify", "redirectTo"], message);
  }
  if (notify && notify.only.length > 0) {
    report.add("notice", ["notify", "only"], "trial: only these people get emails");
  }
}
