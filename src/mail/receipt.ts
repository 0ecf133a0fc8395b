/**
 * The receipts and failures that more than one transport gives.
 *
 * @module
 */

import type { Failure, Receipt, Stage } from "./port.ts";

/** A mail that waits, and whose fault that is. */
export function deferred(failure: Failure, fault: "temporary" | "ours"): Receipt {
  return { kind: "deferred", fault, ...failure };
}

/** What comes of a mail that was being sent when the program was told to stop. */
export function stopped(stage: Stage): Receipt {
  return deferred({ stage, reason: "sending was stopped" }, "temporary");
}

/** What comes of a mail that is sent after the transport was closed. */
export function closedAlready(): Receipt {
  return deferred({ stage: "connect", reason: "the transport is closed" }, "temporary");
}

/** What comes of a mail that cannot be put together. */
export function notComposed(reason: string): Receipt {
  return deferred({ stage: "compose", reason }, "ours");
}

/** What went wrong, without the verdict on the mail. */
export function failureOf(receipt: Exclude<Receipt, { kind: "accepted" }>): Failure {
  const { stage, reason, replyCode, enhancedCode } = receipt;
  return {
    stage,
    reason,
    ...(replyCode === undefined ? {} : { replyCode }),
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
  };
}
