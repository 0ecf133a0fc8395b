import type { Message } from "../../../src/domain/message.ts";
import type { MailTransport, Receipt } from "../../../src/mail/port.ts";

/** A transport that keeps what it is given, and answers as it is told to. */
export interface RecordingTransport extends Pick<MailTransport, "send"> {
  /** What it was given, the refused mails as well. */
  readonly attempts: readonly Message[];
  /** What it accepted. */
  readonly sent: readonly Message[];
  /** What comes of the next mail; an error is thrown. It can be as late as it likes. */
  next(...answers: (Receipt | Error | Promise<Receipt>)[]): void;
}

/** A transport that accepts everything until it is told otherwise. */
export function recordingTransport(): RecordingTransport {
  const attempts: Message[] = [];
  const sent: Message[] = [];
  const answers: (Receipt | Error | Promise<Receipt>)[] = [];
  return {
    attempts,
    sent,
    next: (...more) => void answers.push(...more),
    async send(message, options) {
      attempts.push(message);
      if (options?.signal?.aborted) return deferred({ reason: "stopped" });
      const answer = answers.shift() ?? { kind: "accepted", response: "250 2.0.0 Ok" };
      if (answer instanceof Error) throw answer;
      const receipt = await answer;
      if (receipt.kind === "accepted") sent.push(message);
      return receipt;
    },
  };
}

/** A receipt that says: not now. */
export function deferred(data: Partial<Receipt & { kind: "deferred" }> = {}): Receipt {
  return { kind: "deferred", fault: "temporary", stage: "connect", reason: "refused", ...data };
}
