/**
 * Classifies what came of asking for the homeserver's versions.
 *
 * @module
 */

import { classifyPing } from "./classify_ping.ts";
import type { PingSubject } from "./errcode_advice.ts";
import type { VersionsResult } from "./port.ts";
import type { RequestResult } from "./request.ts";

const CORRECT_URL = "Set appsvc.endpoint.toHS.url to the homeserver's own URL.";

/** Classifies what came of the request. */
export function classifyVersions(result: RequestResult, subject: PingSubject): VersionsResult {
  if (result.kind === "response" && result.status === 200 && result.body?.versions !== undefined) {
    return { kind: "versions", versions: result.body.versions, date: result.date };
  }
  if (result.kind === "timeout") {
    return {
      kind: "failed",
      reason: "the homeserver did not respond in time",
      advice: "The homeserver is busy, or a firewall drops the request.",
    };
  }
  // Whatever its errors say of a ping, a homeserver has none for this request.
  const plain = result.kind === "response" ? { ...result, body: undefined } : result;
  const failure = classifyPing(plain, subject);
  return failure.kind === "failed"
    ? failure
    : { kind: "failed", reason: "the response is not a homeserver's", advice: CORRECT_URL };
}
