/**
 * The transport that accepts every mail and drops it.
 *
 * @module
 */

import { openLog } from "../system/log_events.ts";
import type { MailTransport } from "./port.ts";
import { stopped } from "./receipt.ts";

const log = openLog("mail");

/** Opens the transport. */
export function openNoneTransport(): MailTransport {
  return {
    name: "none",
    concurrency: 10,
    longestSend: 0,
    send(message, options) {
      if (options?.signal?.aborted) return Promise.resolve(stopped("connect"));
      log.debug("mail dropped, no connector is configured", { messageId: message.messageId });
      return Promise.resolve({ kind: "accepted", response: "dropped" });
    },
    check: () => Promise.resolve(undefined),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
