/**
 * Compares a registration with the configuration.
 *
 * @module
 */

import type { Secret } from "../../settings/secret.ts";
import { quoted } from "../../text/printable.ts";
import type { Severity } from "../source/problem.ts";
import { checkUserNamespaces } from "./namespace.ts";
import type { Registration } from "./parse.ts";
import { problemAt, type RegistrationIssue, type RegistrationProblem } from "./source.ts";

/** The configuration's values. Absent ones are not compared. */
export interface ExpectedRegistration {
  /** The homeserver's `server_name`. */
  readonly domain: string;
  /** The service's name at its homeserver. */
  readonly id?: string | undefined;
  /** Where the homeserver reaches this service. */
  readonly url?: string | undefined;
  /** The localpart of the service's own user. */
  readonly senderLocalpart?: string | undefined;
  /** Authenticates the service to the homeserver. */
  readonly asToken?: Secret | undefined;
  /** Authenticates the homeserver to the service. */
  readonly hsToken?: Secret | undefined;
}

/**
 * The values that differ from the configuration, or that cannot work, with what to write instead.
 * Problems that `parseRegistration` reports are not repeated. Tokens are compared and never shown.
 */
export function checkRegistration(
  registration: Registration,
  expected: ExpectedRegistration,
): readonly RegistrationProblem[] {
  const problems: RegistrationProblem[] = [];
  const report = (severity: Severity, key: string, message: string) =>
    problems.push(problemAt(registration.positions, severity, key, message));

  if (expected.id !== undefined && registration.id !== expected.id) {
    report("error", "id", `the configuration has ${quoted(expected.id)}: write that here`);
  }
  if (registration.url === null) {
    const advice = expected.url ? `write ${shownUrl(expected.url)}` : "write this service's URL";
    report("error", "url", `is null, so that no event is pushed: ${advice}`);
  } else if (expected.url !== undefined && !sameUrl(registration.url, expected.url)) {
    const both = `is ${shownUrl(registration.url)}, but ${shownUrl(expected.url)}`;
    report("error", "url", `${both} in the configuration: write the same in both`);
  }
  for (const { severity, key, message } of checkTokens(registration, expected)) {
    report(severity, key, message);
  }
  const sender = expected.senderLocalpart;
  if (sender !== undefined && registration.sender_localpart !== sender) {
    report(
      "warning",
      "sender_localpart",
      `the configuration has ${quoted(sender)}: write that here`,
    );
  }
  const users = checkUserNamespaces(registration.namespaces.users, expected.domain);
  for (const { severity, key, message } of users) report(severity, key, message);
  return problems;
}

/** Whether two URLs are the same but for slashes at the end, which homeservers drop. */
export function sameUrl(one: string, other: string): boolean {
  const normal = (url: string) => (URL.parse(url)?.href ?? url).replace(/\/+$/, "");
  return normal(one) === normal(other);
}

const AS_TOKEN = "appsvc.endpoint.toHS.token or matrix.listener.token.as";
const HS_TOKEN = "appsvc.endpoint.toAS.token or matrix.listener.token.hs";

function checkTokens(
  registration: Registration,
  expected: ExpectedRegistration,
): readonly RegistrationIssue[] {
  const as = registration.as_token.reveal();
  const hs = registration.hs_token.reveal();
  const asDiffers = expected.asToken !== undefined && as !== expected.asToken.reveal();
  const hsDiffers = expected.hsToken !== undefined && hs !== expected.hsToken.reveal();
  const issues: RegistrationIssue[] = [];
  if (as === hs) {
    const message =
      "is the same as as_token: use two, so that knowing one does not reveal the other";
    issues.push({ severity: "warning", key: "hs_token", message });
  } else if (
    (hsDiffers && as === expected.hsToken?.reveal()) ||
    (asDiffers && hs === expected.asToken?.reveal())
  ) {
    const message = "as_token and hs_token are swapped, here or in the configuration: as_token " +
      `belongs to ${AS_TOKEN}, hs_token to ${HS_TOKEN}`;
    return [{ severity: "error", key: "as_token", message }];
  }
  if (asDiffers) {
    const message = `differs from the configuration (${AS_TOKEN}), so the homeserver will refuse ` +
      "this service: write the same in both";
    issues.push({ severity: "error", key: "as_token", message });
  }
  if (hsDiffers) {
    const message = `differs from the configuration (${HS_TOKEN}), so this service will refuse ` +
      "the homeserver: write the same in both";
    issues.push({ severity: "error", key: "hs_token", message });
  }
  return issues;
}

// Without the password that a URL may contain.
function shownUrl(text: string): string {
  const url = URL.parse(text);
  return url ? quoted(`${url.origin}${url.pathname}`.replace(/\/+$/, "")) : "not a URL";
}
