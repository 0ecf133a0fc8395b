/**
 * What SendGrid's answer means for the mail and for its address, by its status and by the field that
 * it complains of.
 *
 * @module
 */

import { z } from "zod";
import type { Failure, Receipt } from "../port.ts";
import { type Deferred, deferred } from "../receipt.ts";
import { plainReason } from "../reply.ts";

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
const permissions = z.object({ scopes: z.array(z.string()) });

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

/** Why mails cannot be sent, by the answer to what the API key may do; `undefined` when they can. */
export function failureOfScopes(answer: SendgridAnswer): Failure | undefined {
  if (answer.status !== 200) return failureOfAnswer(answer)[1];
  const known = permissions.safeParse(jsonOf(answer));
  if (known.data?.scopes.includes("mail.send")) return undefined;
  const reason = known.success
    ? "the API key lacks the permission Mail Send"
    : "the answer is not SendGrid's";
  return { stage: "auth", reason };
}

// What any answer but the one hoped for means, and whose fault it is.
function failureOfAnswer(answer: SendgridAnswer): [fault: Deferred["fault"], Failure] {
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

function errorsOf(answer: SendgridAnswer): z.output<typeof refusal>["errors"] {
  return refusal.safeParse(jsonOf(answer)).data?.errors ?? [];
}

// Whoever stands before SendGrid has answers, too, and not in JSON.
function jsonOf({ text }: SendgridAnswer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
