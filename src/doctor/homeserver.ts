/**
 * Checks that the homeserver and the service reach and know each other.
 *
 * @module
 */

import { isLocal, localpartOf, serverOf } from "../domain/user_id.ts";
import type { Homeserver, PingResult, VersionsResult, WhoamiResult } from "../matrix/port.ts";
import { quoted } from "../text/printable.ts";
import { type Check, error, ok, skipped, warning } from "./finding.ts";
import type { ServiceState } from "./service.ts";

/** What the checks need. */
export interface HomeserverChecks {
  readonly homeserver: Pick<Homeserver, "ping" | "whoami">;
  /** The same with the hs_token in place of the as_token. */
  readonly swapped: Pick<Homeserver, "whoami">;
  readonly versions: VersionsResult;
  readonly service: ServiceState;
  /** `matrix.domain`. */
  readonly domain: string;
  /** `appsvc.endpoint.toHS.url`. */
  readonly url: string;
  /** `appsvc.user.main`. */
  readonly localpart: string;
  readonly hasToken: boolean;
}

const NO_TOKEN = "appsvc.endpoint.toHS.token is not set, so the homeserver cannot be asked";
const RESTART = "The homeserver reads its registration only when it starts.";

/** Checks in the order in which a fault hides the next one. */
export async function checkHomeserver(
  checks: HomeserverChecks,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const { versions, url } = checks;
  if (versions.kind === "failed") return [error("reachable", versions.reason, versions.advice)];
  const latest = versions.versions.at(-1);
  const reachable = ok("reachable", `${url} is a homeserver${latest ? ` of ${latest}` : ""}`);
  if (!checks.hasToken) {
    return [reachable, skipped("registration", NO_TOKEN), skipped("ping", NO_TOKEN)];
  }
  const registration = await checkToken(checks, signal);
  if (registration.result === "error") return [reachable, registration];
  return [reachable, registration, await checkPing(checks, signal)];
}

async function checkToken(checks: HomeserverChecks, signal: AbortSignal): Promise<Check> {
  const answer = await checks.homeserver.whoami(signal);
  switch (answer.kind) {
    case "user":
      return checkUser(answer.user, checks);
    case "unknown":
      return skipped("registration", "the homeserver does not say whose the as_token is");
    case "unknown token":
      return await whyUnknown(checks, signal);
  }
}

function checkUser(
  user: Extract<WhoamiResult, { kind: "user" }>["user"],
  { domain, localpart }: HomeserverChecks,
): Check {
  if (!isLocal(user, domain)) {
    const server = serverOf(user);
    return error(
      "registration",
      `matrix.domain is ${quoted(domain)}, but the homeserver's server_name is ${quoted(server)}`,
      `Write "domain: ${server}" below matrix: every invite would be ignored.`,
    );
  }
  if (localpartOf(user) !== localpart) {
    return warning(
      "registration",
      `the as_token belongs to ${quoted(user)}, not to ${quoted(`@${localpart}:${domain}`)}`,
      "Write the registration's as_token into appsvc.endpoint.toHS.token, and its sender_localpart " +
        `into appsvc.user.main. ${RESTART}`,
    );
  }
  return ok("registration", `the homeserver knows the service as ${user}`);
}

async function whyUnknown({ swapped }: HomeserverChecks, signal: AbortSignal): Promise<Check> {
  if ((await swapped.whoami(signal)).kind === "user") {
    return error(
      "registration",
      "the homeserver accepts the hs_token as the as_token: the two are swapped",
      "Swap appsvc.endpoint.toHS.token (the registration's as_token) and " +
        "appsvc.endpoint.toAS.token (its hs_token) in the configuration.",
    );
  }
  return error(
    "registration",
    "the homeserver does not know the as_token",
    "Name the registration file in the homeserver's configuration (Synapse: " +
      "app_service_config_files), and compare its as_token with appsvc.endpoint.toHS.token. " +
      RESTART,
  );
}

async function checkPing(checks: HomeserverChecks, signal: AbortSignal): Promise<Check> {
  const { homeserver, service } = checks;
  if (service.kind !== "running") {
    return skipped("ping", "the service is not running here, so the homeserver would not reach it");
  }
  const result: PingResult = await homeserver.ping(signal);
  switch (result.kind) {
    case "reached":
      return ok("ping", `the homeserver reaches the service in ${result.milliseconds} ms`);
    case "unsupported":
      return skipped("ping", "the homeserver did not ping the service", result.advice);
    case "failed":
      return error("ping", result.reason, result.advice);
  }
}
