/**
 * Classifies SendGrid's responses by their status and by the field that they complain about.
 *
 * @module
 */

import { z } from "zod";
import { jsonOf } from "../../net/http.ts";
import type { Failure, Receipt } from "../port.ts";
import { type Deferred, deferred } from "../receipt.ts";
import { plainReason } from "../reply.ts";

/** A response. */
export interface SendgridResponse {
  readonly status: number;
  /** The beginning of the body. */
  readonly text: string;
  /** SendGrid's ID of the mail (`X-Message-Id`). */
  readonly id?: string | undefined;
}

const refusal = z.object({
  errors: z.array(z.object({ message: z.string(), field: z.string().nullish() })),
});
const permissions = z.object({ scopes: z.array(z.string()) });

/** The receipt for the response to a mail. */
export function receiptFor(response: SendgridResponse): Receipt {
  const { status, id = "" } = response;
  if (status === 202) {
    const known = /^[\x21-\x7E]{1,100}$/.test(id) ? `, as ${id}` : "";
    return { kind: "accepted", response: `queued by SendGrid${known}` };
  }
  const [fault, failure] = failureFor(response);
  // An error is held against the address only when it names that and nothing else.
  const fields = errorsOf(response).map(({ field }) => field ?? "");
  if (status === 400 && fields.length > 0 && fields.every((field) => RECIPIENT.test(field))) {
    return { kind: "rejected", ...failure, stage: "recipient" };
  }
  return deferred(failure, fault);
}

/**
 * Why mails cannot be sent, by the response with the API key's scopes; `undefined` when they can.
 */
export function failureForScopes(response: SendgridResponse): Failure | undefined {
  if (response.status !== 200) return failureFor(response)[1];
  const known = permissions.safeParse(jsonOf(response.text));
  if (known.data?.scopes.includes("mail.send")) return undefined;
  const reason = known.success
    ? "the API key lacks the permission Mail Send"
    : "the response is not SendGrid's";
  return { stage: "auth", reason };
}

// What a response other than the expected one means.
function failureFor(response: SendgridResponse): [fault: Deferred["fault"], Failure] {
  const { status } = response;
  const detail = errorsOf(response).map(({ message, field }) =>
    field ? `${field}: ${message}` : message
  ).join("; ");
  const reason = [`SendGrid responded with status ${status}${ADVICE[status] ?? ""}`, detail]
    .filter((part) => part !== "").join(": ");
  const stage = status === 401 || status === 403 ? "auth" : "data";
  const transient = status >= 500 || [408, 425, 429].includes(status);
  const general = transient || stage === "auth" || undefined;
  return [transient ? "temporary" : "ours", { stage, reason: plainReason(reason), general }];
}

const RECIPIENT = /^personalizations\.[0-9]+\.to\.[0-9]+\.email$/;

const ADVICE: Readonly<Record<number, string>> = {
  401: ", the API key is not accepted",
  403: ", the API key may not send emails or the sender is not verified",
  413: ", the email is too large",
};

// Proxies in front of SendGrid respond as well, and not with JSON.
function errorsOf(response: SendgridResponse): z.output<typeof refusal>["errors"] {
  return refusal.safeParse(jsonOf(response.text)).data?.errors ?? [];
}
