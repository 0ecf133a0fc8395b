/**
 * Checks `server.publicUrl`: whether it leads to the pages of this service, and to nothing else of it.
 *
 * @module
 */

import { type PublicUrlOptions, whyNotOurs } from "../app/public_url.ts";
import { jsonOf, readResponseText } from "../net/http.ts";
import { timeLimit } from "../net/timeout.ts";
import { SECOND } from "../settings/duration.ts";
import { type Check, error, ok, skipped, warning } from "./finding.ts";
import { isHealth, isPublished, type ServiceState } from "./service.ts";

const TIMEOUT_MS = 5 * SECOND;
const MAX_RESPONSE_BYTES = 4 * 1024;
// What a homeserver may push to, and how the service is. The webhook of bounces is meant to be there.
const PRIVATE_PATHS = ["/health", "/_matrix/app/v1/users/@doctor:invalid"] as const;

/** Checks the URL, when the service runs: only it can prove that the pages are its own. */
export async function checkPublished(
  options: PublicUrlOptions | undefined,
  service: ServiceState,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  if (options === undefined) {
    return [skipped("pages", "server.publicUrl is not set, so emails have no link to stop them")];
  }
  const { publicUrl } = options;
  if (service.kind !== "running") {
    return [skipped("pages", "the service is not running here, so nothing answers for its pages")];
  }
  const reason = await whyNotOurs(options, signal);
  if (reason !== undefined) {
    return [error(
      "pages",
      `${publicUrl} does not lead to this service: ${reason}`,
      "Publish the paths below /stop/ as docs/stopping.md shows, or correct server.publicUrl: " +
        "recipients get links to it.",
    )];
  }
  const pages = ok("pages", `${publicUrl} leads to the pages of this service`);
  return isPublished(publicUrl) ? [pages, await checkOthers(options, signal)] : [pages];
}

async function checkOthers(options: PublicUrlOptions, signal: AbortSignal): Promise<Check> {
  const { publicUrl } = options;
  const found = await Promise.all(PRIVATE_PATHS.map(async (path) => {
    return await leadsHere(`${publicUrl}${path}`, options, signal) ? [path] : [];
  }));
  const paths = found.flat();
  if (paths.length === 0) return ok("other paths", "nothing else of the service is published");
  return warning(
    "other paths",
    `more than the pages is published: ${paths.join(" and ")} lead to this service`,
    "Let the proxy pass only the paths below /stop/ (and /bounces/sendgrid, if that is used), as " +
      "docs/stopping.md shows.",
  );
}

async function leadsHere(
  url: string,
  { fetch, clock }: PublicUrlOptions,
  signal: AbortSignal,
): Promise<boolean> {
  using limit = timeLimit(clock, TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      redirect: "manual",
      signal: AbortSignal.any([signal, limit.signal]),
    });
    const { text } = await readResponseText(response, MAX_RESPONSE_BYTES);
    return response.ok ? isHealth(text) : response.status === 401 && isMissingToken(text);
  } catch {
    return false;
  }
}

// A homeserver has no such path, and responds with M_UNRECOGNIZED.
function isMissingToken(text: string): boolean {
  const value = jsonOf(text);
  return typeof value === "object" && value !== null && "errcode" in value &&
    value.errcode === "M_MISSING_TOKEN";
}
