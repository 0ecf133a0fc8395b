/**
 * Checks the registration file, by which the homeserver knows the service.
 *
 * @module
 */

import { checkRegistration } from "../config/registration/compare.ts";
import type { WantedRegistration } from "../config/registration/generate.ts";
import { parseRegistration } from "../config/registration/parse.ts";
import { ReadError, readText } from "../system/read_file.ts";
import { type Check, error, ok, skipped, warning } from "./finding.ts";

const NAME = "registration file";
const MAX_BYTES = 1024 * 1024;

/**
 * Checks the file, except its tokens, which are compared when the configuration is loaded.
 *
 * @param file `appsvc.registration.synapse.file`.
 */
export function checkRegistrationFile(
  file: string | undefined,
  wanted: WantedRegistration,
): readonly Check[] {
  if (file === undefined) {
    const remedy = "To have it checked, name it in appsvc.registration.synapse.file.";
    return [skipped(NAME, "the configuration names no registration file", remedy)];
  }
  let text: string;
  try {
    text = readText(file, { maxBytes: MAX_BYTES });
  } catch (cause) {
    if (!(cause instanceof ReadError)) throw cause;
    return [unread(file, cause)];
  }
  const read = parseRegistration(text);
  const problems = read.kind === "broken" ? read.problems : [
    ...read.problems,
    ...checkRegistration(read.registration, wanted)
      .filter(({ key }) => !["as_token", "hs_token"].includes(key)),
  ];
  const checks = problems.filter(({ severity }) => severity !== "notice")
    .map(({ line, key, severity, message }) => {
      const make = severity === "error" ? error : warning;
      return make(
        NAME,
        `${file}:${line}: ${key === "" ? "" : `${key}: `}${message}`,
        "Correct it there, or let the service do so at its start, and restart the homeserver.",
      );
    });
  return checks.length > 0 ? checks : [ok(NAME, `${file} fits the configuration`)];
}

function unread(file: string, { reason, cause }: ReadError): Check {
  if (cause instanceof Deno.errors.NotFound) {
    return skipped(
      NAME,
      `${file} does not exist yet: the service writes it at its start`,
      "Register the service at the homeserver then: appservice-mxisd register says how.",
    );
  }
  return warning(
    NAME,
    `${file} cannot be read: ${reason}`,
    "Let the user that the service runs as read it, or remove appsvc.registration.synapse.file and " +
      "write the tokens into the configuration.",
  );
}
