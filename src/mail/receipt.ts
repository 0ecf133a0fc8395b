/**
 * Makes the receipts that several transports give.
 *
 * @module
 */

import type { Failure, Receipt, Stage } from "./port.ts";

/** The receipt of a mail that can be sent later. */
export type Deferred = Receipt & { readonly kind: "deferred" };

/** The receipt for a failure that is not the address's fault. */
export function deferred(failure: Failure, fault: Deferred["fault"]): Deferred {
  return { kind: "deferred", fault, ...failure };
}

/** The receipt of a mail whose sending was stopped. */
export function stopped(stage: Stage): Deferred {
  return deferred({ stage, reason: "sending was stopped" }, "temporary");
}

/** The receipt of a mail for a transport that is closed. */
export function closedAlready(): Deferred {
  return deferred({ stage: "connect", reason: "the transport is closed" }, "temporary");
}

/** The receipt of a mail that cannot be composed. */
export function notComposed(reason: string): Deferred {
  return deferred({ stage: "compose", reason }, "ours");
}

/** The failure in a receipt, without the verdict on the mail. */
export function failureOf(receipt: Exclude<Receipt, { kind: "accepted" }>): Failure {
  const { stage, reason, meaning, remedy, replyCode, enhancedCode } = receipt;
  return { stage, reason, meaning, remedy, replyCode, enhancedCode };
}
