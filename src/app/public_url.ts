/**
 * Checks at the start whether `server.publicUrl` leads to this service's stop pages, and not to
 * nothing, or to another service.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { CHECK_PATH } from "../http/stop_pages.ts";
import { fetchErrorReason, readResponseText } from "../net/http.ts";
import { timeLimit } from "../net/timeout.ts";
import { derivedKey, type MasterSecret } from "../notify/derived_key.ts";
import { formatDuration, SECOND } from "../settings/duration.ts";
import { openLog } from "../system/log_events.ts";
import { quoted } from "../text/printable.ts";
import type { Platform } from "./platform.ts";

const log = openLog("app");

const TIMEOUT_MS = 5 * SECOND;
const NONCE_BYTES = 16;
const MAX_RESPONSE_BYTES = 4 * 1024;
const ADVICE = "publish the paths below /stop/ as docs/stopping.md shows, or correct " +
  "server.publicUrl: recipients get links to it";

/** Answers a nonce so that the answer proves which service it comes from. */
export type PageProof = (nonce: string) => string;

/** The proof of the service that has this secret. */
export function pageProof(secret: MasterSecret): PageProof {
  const key = derivedKey(secret, "public url");
  return (nonce) => createHmac("sha256", key).update(nonce).digest("hex");
}

/** What the check needs. */
export interface PublicUrlOptions extends Pick<Platform, "clock" | "fetch" | "randomBytes"> {
  readonly publicUrl: string;
  readonly proof: PageProof;
}

/** Fetches the URL, and logs whether this service answers there. Never rejects. */
export async function checkPublicUrl(
  options: PublicUrlOptions,
  signal: AbortSignal,
): Promise<void> {
  const { publicUrl } = options;
  const reason = await whyNotOurs(options, signal);
  if (signal.aborted) return;
  if (reason === undefined) log.info("stop pages published", { url: publicUrl });
  else log.warn("stop pages not published", { url: publicUrl, reason, advice: ADVICE });
}

/**
 * Why what answers at the URL is not this service; `undefined` if it is. Never rejects.
 */
export async function whyNotOurs(
  { publicUrl, proof, clock, fetch, randomBytes }: PublicUrlOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const nonce = randomBytes(NONCE_BYTES).toHex();
  using limit = timeLimit(clock, TIMEOUT_MS);
  try {
    const response = await fetch(`${publicUrl}${CHECK_PATH}${nonce}`, {
      redirect: "manual",
      signal: AbortSignal.any([signal, limit.signal]),
    });
    const { text } = await readResponseText(response, MAX_RESPONSE_BYTES);
    if (response.ok) return text === proof(nonce) ? undefined : "another service answers there";
    const location = response.headers.get("location");
    const target = location === null ? "" : ` and redirects to ${quoted(location)}`;
    return `another service answers there, with status ${response.status}${target}`;
  } catch (error) {
    if (limit.signal.aborted) return `no response within ${formatDuration(TIMEOUT_MS)}`;
    return `it cannot be reached from this machine: ${fetchErrorReason(error)}`;
  }
}
