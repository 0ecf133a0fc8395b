/**
 * The receipts and failures that more than one transport gives.
 *
 * @module
 */

import type { Failure, Receipt, Stage } from "./port.ts";

/** What comes of a mail that waits. */
export type Deferred = Receipt & { readonly kind: "deferred" };

/** A mail that waits, and whose fault that is. */
export function deferred(failure: Failure, fault: Deferred["fault"]): Deferred {
  return { kind: "deferred", fault, ...failure };
}

/** What comes of a mail that was being sent when the program was told to stop. */
export function stopped(stage: Stage): Deferred {
  return deferred({ stage, reason: "sending was stopped" }, "temporary");
}

/** What comes of a mail that is sent after the transport was closed. */
export function closedAlready(): Deferred {
  return deferred({ stage: "connect", reason: "the transport is closed" }, "temporary");
}

/** What comes of a mail that cannot be put together. */
export function notComposed(reason: string): Deferred {
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
