/**
 * The transport that hands mails to SendGrid by its Web API, version 3
 * (https://www.twilio.com/docs/sendgrid/api-reference/mail-send).
 *
 * @module
 */

import { formatDuration } from "../../settings/duration.ts";
import type { Secret } from "../../settings/secret.ts";
import type { Clock } from "../../system/clock.ts";
import { openAttempts } from "../attempts.ts";
import type { DialogueLine, Failure, MailTransport } from "../port.ts";
import { closedAlready, deferred, failureOf, notComposed, stopped } from "../receipt.ts";
import { plainReason } from "../reply.ts";
import { failureOfScopes, receiptOfAnswer, type SendgridAnswer } from "./answer.ts";
import { sendgridRequest } from "./request.ts";
import type { SendgridApiSettings } from "./section.ts";

const CONCURRENCY = 5;

/** What the transport needs from outside. */
export interface SendgridDependencies {
  /** The time. */
  readonly clock: Clock;
  /** How to ask. */
  readonly fetch: typeof fetch;
  /** Hears the requests and answers, without the API key and the mail. */
  readonly onDialogue?: ((line: DialogueLine) => void) | undefined;
}

/** Opens the transport. */
export function openSendgridTransport(
  { key, url, timeout }: SendgridApiSettings,
  { clock, fetch, onDialogue }: SendgridDependencies,
): MailTransport {
  const attempts = openAttempts(clock, timeout);

  // What comes of a request instead of an answer is a failure.
  function ask(
    method: "GET" | "POST",
    path: string,
    body: string | null,
    signal: AbortSignal | undefined,
  ): Promise<SendgridAnswer | Failure> {
    const target = `${url}/v3${path}`;
    onDialogue?.({ from: "client", text: `${method} ${target}` });
    const headers = {
      authorization: `Bearer ${key?.reveal() ?? ""}`,
      accept: "application/json",
      ...(body === null ? {} : { "content-type": "application/json" }),
    };
    // The key is for this host alone.
    const request = { method, headers, body, redirect: "manual" } as const;
    return attempts.run(async (limits) => {
      try {
        const answer = await exchange(fetch, target, key, { ...request, signal: limits.signal });
        onDialogue?.({ from: "server", text: plainReason(`${answer.status} ${answer.text}`) });
        return answer;
      } catch (error) {
        if (limits.stopped.aborted) return failureOf(stopped("data"));
        if (!limits.expired.aborted) return { stage: "connect", reason: explain(error) };
        return { stage: "data", reason: `no answer within ${formatDuration(timeout)}` };
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
      const request = await sendgridRequest(message);
      if (request.kind === "refused") return notComposed(request.reason);
      const answer = await ask("POST", "/mail/send", request.body, signal);
      return "status" in answer ? receiptOfAnswer(answer) : deferred(answer, "temporary");
    },
    async check({ signal } = {}) {
      const answer = await ask("GET", "/scopes", null, signal);
      return "status" in answer ? failureOfScopes(answer) : answer;
    },
    [Symbol.asyncDispose]: () => attempts[Symbol.asyncDispose](),
  };
}

// Of what is longer, nobody needs the rest.
const MOST_BYTES = 64 * 1024;

async function exchange(
  ask: typeof fetch,
  url: string,
  key: Secret | undefined,
  request: RequestInit,
): Promise<SendgridAnswer> {
  const response = await ask(url, request);
  const { status } = response;
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      bytes += chunk.length;
      // Leaving the loop cancels the rest.
      if (bytes > MOST_BYTES) break;
    }
  } catch (error) {
    // The status has said it: a mail that was taken is not sent again for want of the body.
    if (status !== 202) throw error;
  }
  // Whoever answers may repeat what it was asked with.
  if (key) text = text.replaceAll(key.reveal(), key.toString());
  return { status, text, id: response.headers.get("x-message-id") ?? undefined };
}

function explain(error: unknown): string {
  // Deno 2.9 has the reason in the cause, Deno 2.6 in the error.
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return plainReason(
    `no connection (${reason instanceof Error ? reason.message : String(reason)})`,
  );
}
