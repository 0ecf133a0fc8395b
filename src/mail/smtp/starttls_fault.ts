/**
 * Finds out why STARTTLS failed. The library that speaks SMTP starts TLS itself, and reports an
 * expired certificate like one of an unknown authority.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { Endpoint } from "../../net/endpoint.ts";
import { openSocket, startTls } from "../../net/socket.ts";
import { isUntrusted, TlsError } from "../../net/socket_error.ts";
import { timeLimit } from "../../net/timeout.ts";
import { type Trust, trustAttempts, tryTrusts } from "../../net/trust.ts";
import type { Clock } from "../../system/clock.ts";
import { SmtpError, smtpError } from "./error.ts";

/** A mail server. */
export interface StartTlsTarget extends Endpoint {
  /** Certificates in PEM that are trusted beside the well-known ones. */
  readonly ca: readonly string[];
  readonly clock: Clock;
}

const MAX_MS = 3000;
const MAX_REPLY_BYTES = 16 * 1024;

/** The error with its reason, as far as another connection shows it. */
export async function explainStartTls(
  error: unknown,
  target: StartTlsTarget,
  signal: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof SmtpError) || error.codes.networkCode !== "ETLS") return error;
  using limit = timeLimit(target.clock, MAX_MS);
  const ended = AbortSignal.any([signal, limit.signal]);
  const openTrusted = tryTrusts(trustAttempts(target.ca), isUntrusted);
  try {
    const socket = await openTrusted((trust) =>
      openSocket(target, ended, (plain, closed) => {
        return requestTls(plain, target, trust, AbortSignal.any([closed, ended]));
      })
    );
    socket.destroy();
  } catch (cause) {
    // TLS that was not offered, or the end of the time, says nothing.
    if (cause instanceof TlsError) return smtpError("greeting", "ETLS", cause.reason);
  }
  return error;
}

// Nothing is sent after TLS has begun.
async function requestTls(
  socket: Socket,
  target: Endpoint,
  trust: Trust,
  signal: AbortSignal,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const commands = ["EHLO localhost\r\n", "STARTTLS\r\n"];
  let reply = "";
  socket.on("data", function onData(chunk: Buffer) {
    reply += chunk.toString("latin1");
    if (reply.length > MAX_REPLY_BYTES) return reject(new Error("the reply is too long"));
    const [, code] = /(?:^|\n)([0-9]{3})(?: [^\n]*)?\r?\n$/.exec(reply) ?? [];
    if (code === undefined) return; // More lines follow.
    reply = "";
    if (!code.startsWith("2")) return reject(new Error("the server refuses"));
    const command = commands.shift();
    if (command) return void socket.write(command);
    socket.off("data", onData);
    socket.pause();
    resolve(startTls(socket, target, trust, signal));
  });
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return await promise;
}
