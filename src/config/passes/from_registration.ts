/**
 * Takes settings that are not in the configuration from the registration file.
 *
 * @module
 */

import { readError } from "../../system/read_file.ts";
import { printable, quoted } from "../../text/printable.ts";
import { parseRegistration, type Registration } from "../registration/parse.ts";
import type { Draft } from "../source/draft.ts";

const FILE = ["appsvc", "registration", "synapse", "file"];
const HS_TOKEN = ["appsvc", "endpoint", "toAS", "token"];

/**
 * Fills in tokens, URL, ID and user from the registration file, if the configuration names one. If
 * neither has an hs_token, `newToken` makes one; without it, that is an error.
 *
 * @returns The registration, if there is one that can be read.
 */
export function fillFromRegistration(
  draft: Draft,
  newToken?: () => string,
): Registration | undefined {
  const file = draft.absolutePath(FILE);
  if (newToken && (file === undefined || !draft.environment.exists(file))) {
    if (draft.node(HS_TOKEN) === undefined) draft.fill(HS_TOKEN, newToken());
    return undefined;
  }
  if (file === undefined) return undefined;
  const registration = readRegistration(draft, file);
  if (!registration) return undefined;
  const { id, url, as_token, hs_token, sender_localpart } = registration;
  draft.fill(HS_TOKEN, hs_token.reveal(), FILE);
  draft.fill(["appsvc", "endpoint", "toHS", "token"], as_token.reveal(), FILE);
  if (url !== null) draft.fill(["appsvc", "endpoint", "toAS", "url"], url, FILE);
  draft.fill(["appsvc", "registration", "synapse", "id"], id, FILE);
  draft.fill(["appsvc", "user", "main"], sender_localpart, FILE);
  return registration;
}

function readRegistration(draft: Draft, file: string): Registration | undefined {
  let text: string;
  try {
    text = draft.environment.readText(file);
  } catch (error) {
    // It is created at start, or only the homeserver reads it, unless a token is missing.
    if (draft.node(HS_TOKEN) !== undefined) return undefined;
    const reason = readError(file, error).message;
    const advice = draft.environment.exists(file)
      ? "or write the registration's hs_token here"
      : "write the registration's hs_token here, or create the file with " +
        "'appservice-mxisd register'";
    draft.report.add("error", HS_TOKEN, `is missing, and ${reason}; ${advice}`);
    return undefined;
  }
  const result = parseRegistration(text);
  if (result.kind === "read") return result.registration;
  for (const { severity, line, column, key, message } of result.problems) {
    draft.report.addElsewhere({ file, severity, line, column, key, message: printable(message) });
  }
  const message = `${quoted(file)} is not a usable registration: see its errors`;
  draft.report.add("error", FILE, message);
  return undefined;
}
