/**
 * What SendGrid's answer means for the mail and for its address, by its status and by the field that
 * it complains of.
 *
 * @module
 */

import { z } from "zod";
import type { Failure, Receipt } from "./port.ts";
import { deferred } from "./receipt.ts";
import { plainReason } from "./reply.ts";

/** An answer, read so far as anybody needs it. */
export interface SendgridAnswer {
  /** The status. */
  readonly status: number;
  /** The body's beginning. */
  readonly text: string;
  /** What SendGrid calls the mail, where it says so. */
  readonly id?: string | undefined;
}

const refusal = z.object({
  errors: z.array(z.object({ message: z.string(), field: z.string().nullish() })),
});

/** The receipt for the answer to a mail. */
export function receiptOfAnswer(answer: SendgridAnswer): Receipt {
  const { status, id = "" } = answer;
  if (status === 202) {
    const known = /^[\x21-\x7E]{1,100}$/.test(id) ? `, as ${id}` : "";
    return { kind: "accepted", response: `queued by SendGrid${known}` };
  }
  const [fault, failure] = failureOfAnswer(answer);
  // Only what names the recipient's address and nothing else is held against it.
  const fields = errorsOf(answer).map(({ field }) => field ?? "");
  if (status === 400 && fields.length > 0 && fields.every((field) => RECIPIENT.test(field))) {
    return { kind: "rejected", ...failure, stage: "recipient" };
  }
  return deferred(failure, fault);
}

/** What any answer but the one hoped for means, and whose fault it is. */
export function failureOfAnswer(answer: SendgridAnswer): ["temporary" | "ours", Failure] {
  const { status } = answer;
  const says = errorsOf(answer).map(({ message, field }) =>
    field ? `${field}: ${message}` : message
  ).join("; ");
  const reason = [`SendGrid answers with status ${status}${ADVICE[status] ?? ""}`, says]
    .filter((part) => part !== "").join(": ");
  const stage = status === 401 || status === 403 ? "auth" : "data";
  const passes = status >= 500 || [408, 425, 429].includes(status);
  return [passes ? "temporary" : "ours", { stage, reason: plainReason(reason) }];
}

const RECIPIENT = /^personalizations\.[0-9]+\.to\.[0-9]+\.email$/;

const ADVICE: Readonly<Record<number, string>> = {
  401: ", the API key is not accepted",
  403: ", the API key may not send mails or the sender is not verified",
  413: ", the mail is too large",
};

function errorsOf({ text }: SendgridAnswer): z.output<typeof refusal>["errors"] {
  try {
    return refusal.safeParse(JSON.parse(text)).data?.errors ?? [];
  } catch {
    // Whoever stands before SendGrid has answers, too.
    return [];
  }
}
