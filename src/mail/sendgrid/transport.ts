/**
 * The transport that sends mails by SendGrid's Web API, version 3
 * (https://www.twilio.com/docs/sendgrid/api-reference/mail-send).
 *
 * @module
 */

import { fetchErrorReason, readResponseText } from "../../net/http.ts";
import { formatDuration } from "../../settings/duration.ts";
import type { Secret } from "../../settings/secret.ts";
import type { Clock } from "../../system/clock.ts";
import { openAttempts } from "../attempts.ts";
import type { DialogueLine, Failure, MailTransport } from "../port.ts";
import { closedAlready, deferred, failureOf, notComposed, stopped } from "../receipt.ts";
import { plainReason } from "../reply.ts";
import { sendgridRequest } from "./request.ts";
import { failureForScopes, receiptFor, type SendgridResponse } from "./response.ts";
import type { SendgridApiSettings } from "./section.ts";

const CONCURRENCY = 5;

/** What the transport needs from outside. */
export interface SendgridDependencies {
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** Called with the requests and responses, without the API key and the mail. */
  readonly onDialogue?: ((line: DialogueLine) => void) | undefined;
}

/** Opens the transport. */
export function openSendgridTransport(
  { key, url, timeout }: SendgridApiSettings,
  { clock, fetch, onDialogue }: SendgridDependencies,
): MailTransport {
  const attempts = openAttempts(clock, timeout);

  // The result is a failure when there is no response.
  function request(
    method: "GET" | "POST",
    path: string,
    body: string | null,
    signal: AbortSignal | undefined,
  ): Promise<SendgridResponse | Failure> {
    const target = `${url}/v3${path}`;
    onDialogue?.({ from: "client", text: `${method} ${target}` });
    const headers = {
      authorization: `Bearer ${key?.reveal() ?? ""}`,
      accept: "application/json",
      ...(body === null ? {} : { "content-type": "application/json" }),
    };
    // The key is for this host alone.
    const init = { method, headers, body, redirect: "manual" } as const;
    return attempts.run(async (limits) => {
      try {
        const { signal } = limits;
        const response = await exchange(fetch, target, key, { ...init, signal });
        onDialogue?.({ from: "server", text: plainReason(`${response.status} ${response.text}`) });
        return response;
      } catch (error) {
        if (limits.stopped.aborted) return failureOf(stopped("data"));
        if (!limits.expired.aborted) {
          return {
            stage: "connect",
            reason: plainReason(`no connection (${fetchErrorReason(error)})`),
            general: true,
          };
        }
        const reason = `no response within ${formatDuration(timeout)}`;
        return { stage: "data", reason, general: true };
      }
    }, signal);
  }

  return {
    name: "sendgrid",
    concurrency: CONCURRENCY,
    longestSend: timeout,
    async send(message, { signal } = {}) {
      if (attempts.closed) return closedAlready();
      if (signal?.aborted) return stopped("connect");
      const composed = await sendgridRequest(message);
      if (composed.kind === "refused") return notComposed(composed.reason);
      const response = await request("POST", "/mail/send", composed.body, signal);
      return "status" in response ? receiptFor(response) : deferred(response, "temporary");
    },
    async check({ signal } = {}) {
      const response = await request("GET", "/scopes", null, signal);
      return "status" in response ? failureForScopes(response) : response;
    },
    [Symbol.asyncDispose]: () => attempts[Symbol.asyncDispose](),
  };
}

// Errors are at the beginning of longer ones.
const MAX_RESPONSE_BYTES = 64 * 1024;

async function exchange(
  send: typeof fetch,
  url: string,
  key: Secret | undefined,
  init: RequestInit,
): Promise<SendgridResponse> {
  const response = await send(url, init);
  const { status } = response;
  let text = "";
  try {
    ({ text } = await readResponseText(response, MAX_RESPONSE_BYTES));
  } catch (error) {
    // The status is enough: an accepted mail is not sent again because the body is missing.
    if (status !== 202) throw error;
  }
  // The response may repeat the request.
  if (key) text = text.replaceAll(key.reveal(), key.toString());
  return { status, text, id: response.headers.get("x-message-id") ?? undefined };
}
