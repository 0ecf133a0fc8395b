/**
 * What a schema cannot see: settings that contradict one another, or the machine.
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

/** Looks at those sections that could be read; the report says what is wrong with them. */
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
    const message = "switches the service off: write true, or remove the line";
    report.add("notice", ["appsvc", "enabled"], message);
  }
  const url = appsvc.endpoint.toAS.url;
  if (url === undefined || server === undefined || !loopbackHost(url)) return;
  const port = Number(new URL(url).port) || (url.startsWith("https:") ? 443 : 80);
  if (port === server.port) return;
  const message = `the homeserver calls port ${port}, and the service listens on ${server.port}: ` +
    "unless something between them passes it on, make both the same";
  report.add("warning", ["appsvc", "endpoint", "toAS", "url"], message);
}

function checkStores(
  settings: Partial<Settings>,
  report: Report,
  environment: ConfigEnvironment,
): void {
  const names = Object.keys(storeSections) as (keyof typeof storeSections)[];
  const sections = names.map((name) => settings[name]);
  // What could not be read says so itself.
  if (sections.every((section) => section && !isEnabled(section))) {
    const message = `no identity store is enabled, so nobody's address is known: enable one of ` +
      names.join(", ");
    report.addAt("warning", { line: 1, column: 1 }, "", message);
  }
  const { enabled, file } = settings.memory ?? {};
  if (enabled && file !== undefined && !environment.exists(file)) {
    report.add("warning", ["memory", "file"], `there is no file ${quoted(file)}`);
  }
  const { firebase } = settings;
  const key = firebase?.enabled ? firebase.credentials : undefined;
  if (key !== undefined && !environment.exists(key)) {
    report.add("warning", ["firebase", "credentials"], `there is no file ${quoted(key)}`);
  }
}

function checkNotify({ notify }: Partial<Settings>, report: Report): void {
  if (notify?.redirectTo) {
    const message = "every mail goes to this one address, for a trial";
    report.add("notice", ["notify", "redirectTo"], message);
  }
  if (notify && notify.only.length > 0) {
    report.add("notice", ["notify", "only"], "only these people get mail, for a trial");
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
    const message = `${quoted(tls.ca)} has no certificate in it: expected a PEM file`;
    report.add("error", ["tls", "ca"], message);
  } catch (error) {
    report.add("error", ["tls", "ca"], readError(tls.ca, error).message);
  }
}
