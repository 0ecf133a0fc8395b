/**
 * Checks the files that the configuration names.
 *
 * @module
 */

import { bestLanguage } from "../../domain/language.ts";
import { LANGUAGES } from "../../render/liquid/languages.ts";
import { readError } from "../../system/read_file.ts";
import { printable, quoted } from "../../text/printable.ts";
import type { Settings } from "../sections/settings.ts";
import { transportKind } from "../sections/transport_kind.ts";
import type { ConfigEnvironment } from "../source/environment.ts";
import type { Path } from "../source/positions.ts";
import type { Severity } from "../source/problem.ts";
import type { Report } from "../source/report.ts";
import { checkBrand } from "./brand.ts";

const TEMPLATE = ["threepid", "medium", "email", "generators", "template", "generic", "matrixId"];
const HANDLERS = ["notification", "handlers"];

/**
 * Checks that the files exist and can be read, so far as their keys are right: also in sections that
 * have other errors.
 */
export function checkFiles(
  settings: Partial<Settings>,
  report: Report,
  environment: ConfigEnvironment,
): void {
  const { memory, firebase, notify } = settings;
  const check = (severity: Severity, path: Path, file: string | undefined, advice = "") => {
    if (file === undefined) return;
    const fault = faultOf(file, "file", environment);
    if (fault !== undefined) report.add(severity, path, describe(fault, advice));
  };
  if (memory?.enabled) check("warning", ["memory", "file"], memory.file);
  if (firebase?.enabled) check("warning", ["firebase", "credentials"], firebase.credentials);
  checkMailFiles(settings, environment, (path, file) => {
    check("error", path, file, "name your template, or remove the line");
  }, report);
  if (notify) checkTemplates(notify, report, environment);
  checkBrand(settings, report, environment);
  checkCertificates(settings, report, environment);
}

interface Fault {
  readonly message: string;
  /** Whether nothing is there. */
  readonly missing: boolean;
}

function faultOf(
  path: string,
  kind: "file" | "folder",
  environment: ConfigEnvironment,
): Fault | undefined {
  if (!environment.exists(path)) {
    return { message: `the ${kind} ${quoted(path)} does not exist`, missing: true };
  }
  try {
    environment.tryReading(path, kind);
    return undefined;
  } catch (error) {
    return { message: readError(path, error).message, missing: false };
  }
}

function describe({ message, missing }: Fault, advice: string): string {
  return missing && advice !== "" ? `${message}: ${advice}` : message;
}

function checkMailFiles(
  { notification, threepid }: Partial<Settings>,
  environment: ConfigEnvironment,
  check: (path: Path, file: string | undefined) => void,
  report: Report,
): void {
  if (!notification || !threepid) return;
  const { sendgrid, sendmail } = notification.handlers;
  const kind = transportKind({ notification, threepid });
  if (kind !== "sendgrid") {
    check(TEMPLATE, threepid.medium.email.generators.template.generic.matrixId);
  } else {
    for (const part of ["text", "html"] as const) {
      const path = [...HANDLERS, "sendgrid", "templates", "generic", "matrixId", "body", part];
      check(path, sendgrid.templates.generic.matrixId.body[part]);
    }
  }
  if (kind === "sendmail" && !environment.exists(sendmail.command)) {
    const message = `the program ${quoted(sendmail.command)} does not exist: write the path of one`;
    report.add("error", [...HANDLERS, "sendmail", "command"], message);
  }
}

function checkTemplates(
  { language, templates }: Settings["notify"],
  report: Report,
  environment: ConfigEnvironment,
): void {
  const fault = templates === undefined ? undefined : faultOf(templates, "folder", environment);
  if (fault) {
    report.add("error", ["notify", "templates"], describe(fault, "create it, or remove the line"));
  }
  if (bestLanguage([language], LANGUAGES) !== undefined || hasOwnTranslation()) return;
  const message = `there is no translation for ${printable(language)}: write one of ` +
    `${LANGUAGES.join(", ")}, or add yours to the folder notify.templates`;
  report.add("error", ["notify", "language"], message);

  // The administrator's own, for the language with or without its region.
  function hasOwnTranslation(): boolean {
    if (templates === undefined) return false;
    const parts = language.split("-");
    return parts.some((_, index) => {
      const tag = parts.slice(0, index + 1).join("-");
      return environment.exists(`${templates}/${tag}/words.yaml`);
    });
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
