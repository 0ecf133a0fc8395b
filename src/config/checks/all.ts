/**
 * Checks what a schema cannot: settings against one another, and against the machine.
 *
 * @module
 */

import { loopbackHost } from "../../domain/loopback.ts";
import { readError } from "../../system/read_file.ts";
import { quoted } from "../../text/printable.ts";
import { isEnabled, type Settings, storeSections } from "../sections/settings.ts";
import type { ConfigEnvironment } from "../source/environment.ts";
import type { Report } from "../source/report.ts";
import { checkBrand } from "./brand.ts";
import { checkDatabases } from "./databases.ts";
import { checkDirectories } from "./directories.ts";
import { checkDkim } from "./dkim.ts";
import { checkMail } from "./mail.ts";
import { checkPublicUrl } from "./public_url.ts";
import { checkTemplateSettings } from "./templates.ts";
import { checkTokens } from "./tokens.ts";
import { checkWebServices } from "./web_services.ts";

/** Checks the sections that are valid by themselves. */
export function checkSettings(
  settings: Partial<Settings>,
  report: Report,
  environment: ConfigEnvironment,
): void {
  checkAppsvc(settings, report);
  checkStores(settings, report, environment);
  checkDatabases(settings, report, environment);
  checkDirectories(settings, report);
  checkWebServices(settings, report);
  checkMail(settings, report, environment);
  checkDkim(settings, report);
  checkNotify(settings, report);
  checkTemplateSettings(settings, report, environment);
  checkBrand(settings, report, environment);
  checkCertificates(settings, report, environment);
  checkTokens(settings, report);
  checkPublicUrl(settings, report);
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

function checkStores(
  settings: Partial<Settings>,
  report: Report,
  environment: ConfigEnvironment,
): void {
  const names = Object.keys(storeSections) as (keyof typeof storeSections)[];
  const sections = names.map((name) => settings[name]);
  // A section that is missing here has errors of its own.
  if (sections.every((section) => section && !isEnabled(section))) {
    const message =
      `no identity store is enabled, so no email address can be found: enable one of ` +
      names.join(", ");
    report.addAt("warning", { line: 1, column: 1 }, "", message);
  }
  const { enabled, file } = settings.memory ?? {};
  if (enabled && file !== undefined && !environment.exists(file)) {
    report.add("warning", ["memory", "file"], `the file ${quoted(file)} does not exist`);
  }
  const { firebase } = settings;
  const key = firebase?.enabled ? firebase.credentials : undefined;
  if (key !== undefined && !environment.exists(key)) {
    report.add("warning", ["firebase", "credentials"], `the file ${quoted(key)} does not exist`);
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

function checkCertificates(
  { tls }: Partial<Settings>,
  report: Report,
  environment: ConfigEnvironment,
): void {
  if (tls?.ca === undefined) return;
  try {
    if (environment.readText(tls.ca).includes("-----BEGIN CERTIFICATE-----")) return;
    const message = `${quoted(tls.ca)} does not contain a certificate: expected a PEM file`;
    report.add("error", ["tls", "ca"], message);
  } catch (error) {
    report.add("error", ["tls", "ca"], readError(tls.ca, error).message);
  }
}
