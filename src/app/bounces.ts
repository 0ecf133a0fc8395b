/**
 * Opens what takes emails that came back: the Maildir, and the webhook.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import type { BounceWebhookOptions } from "../http/bounce_webhook.ts";
import { type Maildir, openMaildir } from "../mail/bounces/maildir.ts";
import { MAX_MESSAGE_BYTES, readMessage } from "../mail/bounces/read_report.ts";
import { openEventWebhook } from "../mail/sendgrid/events.ts";
import { bounceOfEvent } from "../notify/bounces/bounce_severity.ts";
import { bounceTokens } from "../notify/bounces/bounce_token.ts";
import {
  type BounceOptions,
  type BounceTaken,
  takeBounce,
  takeMessage,
} from "../notify/bounces/take_bounce.ts";
import { type Outbox, OutboxError } from "../outbox/port.ts";
import { SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";
import { masterSecret } from "./notify_options.ts";

const log = openLog("bounces");

// Messages that come back are not urgent, but tests and administrators wait for them.
const POLL_MS = 10 * SECOND;
const MESSAGES_PER_READ = 50;

/** What taking bounces needs. */
export function bounceOptions(
  settings: Settings,
  outbox: Pick<Outbox, "secret" | "records" | "bounces" | "suppressions">,
): BounceOptions {
  return { outbox, tokens: bounceTokens(masterSecret(settings, outbox.secret)) };
}

/**
 * Takes a message that was sent to an address for bounces.
 *
 * @param recipient The envelope's recipient; by default what the header says.
 * @throws {OutboxError} When it cannot be stored.
 */
export async function takeBounceMessage(
  bytes: Uint8Array,
  recipient: string | undefined,
  domain: string,
  options: BounceOptions,
): Promise<BounceTaken> {
  const { recipients, report } = readMessage(bytes);
  const known = recipient === undefined ? recipients : [recipient];
  return await takeMessage({ recipients: known, report }, domain, options);
}

/** What is opened. */
export interface BounceInputs {
  /** The Maildir, which is read until the signal is aborted. */
  readonly maildir?: Maildir | undefined;
  /** Takes new messages of the Maildir until the signal is aborted. Never rejects. */
  readonly watch: (signal: AbortSignal) => Promise<void>;
}

/** Opens the Maildir that the settings name. */
export function openBounceInputs(
  settings: Settings,
  outbox: Outbox,
  clock: Clock,
): BounceInputs {
  const { domain, folder } = settings.notify.bounces;
  const options = bounceOptions(settings, outbox);
  const maildir = folder === undefined ? undefined : openMaildir(folder);
  return {
    maildir,
    watch: async (signal) => {
      if (maildir === undefined || domain === undefined) return;
      await watchMaildir(
        maildir,
        (bytes) => takeBounceMessage(bytes, undefined, domain, options),
        clock,
        signal,
      );
    },
  };
}

/** The options of the webhook, if there is one. */
export function bounceWebhook(
  settings: Settings,
  outbox: Outbox,
  clock: Clock,
): BounceWebhookOptions | undefined {
  const { publicKey } = settings.notify.bounces.webhook;
  if (publicKey === undefined) return undefined;
  const options = bounceOptions(settings, outbox);
  return {
    clock,
    open: openEventWebhook(publicKey),
    take: async (event) => void await takeBounce(event.token, bounceOfEvent(event), options),
  };
}

/** Takes new messages until the signal is aborted, and marks them as read. Never rejects. */
export async function watchMaildir(
  maildir: Pick<Maildir, "readNew" | "markRead">,
  take: (bytes: Uint8Array) => Promise<BounceTaken>,
  clock: Pick<Clock, "sleep">,
  signal: AbortSignal,
): Promise<void> {
  // What was told, so that it is told once.
  const left = new Map<string, string>();
  function leave(name: string, reason: string): void {
    if (left.get(name) === reason) return;
    left.set(name, reason);
    log.error("bounce not read", { file: name === "" ? undefined : name, reason });
  }

  // A message by which the program fails keeps no others from being taken.
  async function takeOne(bytes: Uint8Array): Promise<string | undefined> {
    try {
      await take(bytes);
      return undefined;
    } catch (error) {
      if (error instanceof OutboxError) throw error;
      return `the program failed: ${error}`;
    }
  }

  while (!signal.aborted) {
    try {
      const except = [...left.keys()];
      const read = await maildir.readNew({
        ...{ except, count: MESSAGES_PER_READ, maxBytes: MAX_MESSAGE_BYTES },
      });
      for (const { name, reason } of read.problems) leave(name, reason);
      if (!read.problems.some(({ name }) => name === "")) left.delete("");
      for (const { name, bytes } of read.messages) {
        if (signal.aborted) return;
        const failed = await takeOne(bytes);
        if (failed !== undefined) {
          leave(name, failed);
          continue;
        }
        const problem = await maildir.markRead(name);
        if (problem !== undefined) leave(name, problem);
      }
      if (read.messages.length === MESSAGES_PER_READ) continue;
    } catch (error) {
      if (signal.aborted) return;
      // What is not stored is read again.
      log.warn("bounces not taken", {
        error: error instanceof OutboxError ? error.message : error,
      });
    }
    await clock.sleep(POLL_MS, signal);
  }
}
