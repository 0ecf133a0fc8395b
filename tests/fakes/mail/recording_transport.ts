import type { Message } from "../../../src/domain/message.ts";
import type { MailTransport, Receipt } from "../../../src/mail/port.ts";

/** A transport that records messages and returns scripted receipts. */
export interface RecordingTransport extends Pick<MailTransport, "send"> {
  /** All messages, including refused ones. */
  readonly attempts: readonly Message[];
  /** The accepted messages. */
  readonly sent: readonly Message[];
  /** Until it is `undefined`, every mail gets this receipt. */
  outage: Receipt | undefined;
  /** Adds the receipts of the next mails, which may be pending; an error is thrown. */
  next(...receipts: (Receipt | Error | Promise<Receipt>)[]): void;
}

/** Opens a transport that accepts everything for which there is no scripted receipt. */
export function recordingTransport(): RecordingTransport {
  const attempts: Message[] = [];
  const sent: Message[] = [];
  const receipts: (Receipt | Error | Promise<Receipt>)[] = [];
  return {
    attempts,
    sent,
    outage: undefined,
    next: (...more) => void receipts.push(...more),
    async send(message, options) {
      attempts.push(message);
      if (options?.signal?.aborted) return deferred({ reason: "stopped" });
      const next = this.outage ?? receipts.shift() ??
        { kind: "accepted", response: "250 2.0.0 Ok" };
      if (next instanceof Error) throw next;
      const receipt = await next;
      if (receipt.kind === "accepted") sent.push(message);
      return receipt;
    },
  };
}

/** The receipt of a deferred mail. */
export function deferred(data: Partial<Receipt & { kind: "deferred" }> = {}): Receipt {
  return { kind: "deferred", fault: "temporary", stage: "connect", reason: "refused", ...data };
}
