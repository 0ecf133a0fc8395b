/**
 * The transport that hands mails to SendGrid by its Web API, version 3
 * (https://www.twilio.com/docs/sendgrid/api-reference/mail-send).
 *
 * @module
 */

import { z } from "zod";
import type { Clock } from "../domain/clock.ts";
import { formatDuration } from "../domain/duration.ts";
import type { Secret } from "../domain/secret.ts";
import type { Failure, MailTransport } from "./port.ts";
import { closedAlready, deferred, notComposed, stopped } from "./receipt.ts";
import { plainReason } from "./reply.ts";
import { failureOfAnswer, receiptOfAnswer, type SendgridAnswer } from "./sendgrid_answer.ts";
import { sendgridRequest } from "./sendgrid_request.ts";
import type { SendgridApiSettings } from "./sendgrid_section.ts";
import type { DialogueLine } from "./smtp_dialogue.ts";

/** What the transport needs from outside. */
export interface SendgridDependencies {
  /** The time. */
  readonly clock: Clock;
  /** How to ask. */
  readonly fetch: typeof fetch;
  /** Hears the requests and answers, without the API key and the mail. */
  readonly onDialogue?: (line: DialogueLine) => void;
}

const scopes = z.object({ scopes: z.array(z.string()) });

/** Opens the transport. */
export function openSendgridTransport(
  { key, url, timeout }: SendgridApiSettings,
  { clock, fetch, onDialogue }: SendgridDependencies,
): MailTransport {
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();

  // Asks within its time; what comes of it instead of an answer is a failure.
  async function ask(
    method: "GET" | "POST",
    path: string,
    body: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<SendgridAnswer | Failure> {
    const limit = new AbortController();
    const done = new AbortController();
    clock.sleep(timeout, done.signal).then(() => {
      if (!done.signal.aborted) limit.abort();
    });
    const called = [closing.signal, ...(signal ? [signal] : [])];
    const target = `${url}/v3${path}`;
    onDialogue?.({ from: "client", text: `${method} ${target}` });
    const headers = {
      authorization: `Bearer ${key?.reveal() ?? ""}`,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const asked = exchange(fetch, target, key, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      // The key is for this host alone.
      redirect: "manual",
      signal: AbortSignal.any([...called, limit.signal]),
    });
    running.add(asked);
    try {
      const answer = await asked;
      onDialogue?.({ from: "server", text: plainReason(`${answer.status} ${answer.text}`) });
      return answer;
    } catch (error) {
      if (called.some(({ aborted }) => aborted)) return STOPPED;
      if (!limit.signal.aborted) return { stage: "connect", reason: explain(error) };
      return { stage: "data", reason: `no answer within ${formatDuration(timeout)}` };
    } finally {
      done.abort();
      running.delete(asked);
    }
  }

  return {
    name: "sendgrid",
    async send(message, { signal } = {}) {
      if (closing.signal.aborted) return closedAlready();
      if (signal?.aborted) return stopped("connect");
      const request = await sendgridRequest(message);
      if (request.kind === "refused") return notComposed(request.reason);
      const answer = await ask("POST", "/mail/send", request.body, signal);
      return "status" in answer ? receiptOfAnswer(answer) : deferred(answer, "temporary");
    },
    async check({ signal } = {}) {
      const answer = await ask("GET", "/scopes", undefined, signal);
      if (!("status" in answer)) return answer;
      if (answer.status !== 200) return failureOfAnswer(answer)[1];
      const known = scopes.safeParse(jsonOf(answer.text));
      if (known.data?.scopes.includes("mail.send")) return undefined;
      const reason = known.success
        ? "the API key lacks the permission Mail Send"
        : "the answer is not SendGrid's";
      return { stage: "auth", reason };
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.allSettled(running);
    },
  };
}

const STOPPED: Failure = { stage: "data", reason: "sending was stopped" };

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

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
