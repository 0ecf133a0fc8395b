/**
 * Sends HTTP requests over the same sockets, and with the same trust in certificates, as everything
 * else is sent.
 *
 * @module
 */

import type { Clock } from "../system/clock.ts";
import { onAbort } from "./abort.ts";
import type { Endpoint } from "./endpoint.ts";
import { HttpConnection, type HttpRequest } from "./http_connection.ts";
import { HttpError } from "./http_error.ts";
import { speaksHttp, speaksTls } from "./probe.ts";
import { openSocket, startTls } from "./socket.ts";
import { isUntrusted, SocketError, TlsError } from "./socket_error.ts";
import { startTimer } from "./timeout.ts";
import { type OpenTrusted, type Trust, trustAttempts, tryTrusts } from "./trust.ts";

/** A client, which keeps connections until it is disposed of. */
export interface HttpClient extends Disposable {
  /**
   * Sends a request by HTTP/1.1. Unlike the global `fetch`, it uses no proxy, follows no redirects,
   * and requests no compression. It rejects with a SocketError, TlsError or HttpError that names host
   * and port, or with the reason of the signal.
   */
  readonly fetch: typeof fetch;
}

/** Options of a client. */
export interface HttpClientOptions {
  readonly clock: Clock;
  /** Certificates in PEM that are trusted beside the well-known ones. */
  readonly authorities: readonly string[];
  /** How long a connection is kept for the next request, in milliseconds; 4 seconds by default. */
  readonly maxIdle?: number | undefined;
}

// Servers close idle connections after 5 seconds or later.
const MAX_IDLE_MS = 4000;
// A handshake takes two round trips; a server that is silent for so long may wait for a line of HTTP.
const SILENCE_MS = 2000;

interface IdleConnection {
  readonly connection: HttpConnection;
  readonly timer: Disposable;
}

/** Opens a client. */
export function openHttpClient(options: HttpClientOptions): HttpClient {
  const { clock, authorities, maxIdle = MAX_IDLE_MS } = options;
  const trusts = new Map<string, OpenTrusted<Trust>>();
  const idle = new Map<string, IdleConnection[]>();

  function takeIdle(origin: string): HttpConnection | undefined {
    const kept = idle.get(origin) ?? [];
    for (let entry = kept.pop(); entry; entry = kept.pop()) {
      entry.timer[Symbol.dispose]();
      if (entry.connection.isUsable) {
        entry.connection.keepAlive(true);
        return entry.connection;
      }
      entry.connection.close();
    }
    return undefined;
  }

  function keep(origin: string, connection: HttpConnection): void {
    const kept = idle.get(origin) ?? [];
    idle.set(origin, kept);
    const timer = startTimer(clock, maxIdle, () => {
      kept.splice(kept.indexOf(entry), 1);
      connection.close();
    });
    const entry = { connection, timer };
    connection.keepAlive(false);
    kept.push(entry);
  }

  async function connect(url: URL, signal: AbortSignal): Promise<HttpConnection> {
    const endpoint = endpointOf(url);
    if (url.protocol === "http:") {
      return new HttpConnection(await openSocket(endpoint, signal), endpoint);
    }
    const openTrusted = trusts.get(url.origin) ??
      tryTrusts(trustAttempts(authorities), isUntrusted);
    trusts.set(url.origin, openTrusted);
    const socket = await openTrusted((trust) => openTlsSocket(endpoint, trust, clock, signal));
    return new HttpConnection(socket, endpoint);
  }

  async function exchange(
    request: HttpRequest,
    connection: HttpConnection,
    signal: AbortSignal,
  ): Promise<Response> {
    const listener = onAbort(signal, () => connection.close());
    try {
      const head = await connection.request(request);
      const body = connection.body(head, (isComplete) => {
        listener[Symbol.dispose]();
        if (isComplete && head.isPersistent && connection.isUsable && maxIdle > 0) {
          keep(request.url.origin, connection);
        } else connection.close();
      });
      return new Response(body, { status: head.status, headers: head.headers });
    } catch (error) {
      listener[Symbol.dispose]();
      connection.close();
      throw error;
    }
  }

  async function send(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    const reused = takeIdle(request.url.origin);
    try {
      if (reused) return await exchange(request, reused, signal);
    } catch (error) {
      // The server closed it meanwhile. A POST may have been handled nevertheless.
      const mayRepeat = request.method !== "POST" && !reused?.hasResponse && !signal.aborted;
      if (!mayRepeat) throw error;
    }
    const response = exchange(request, await connect(request.url, signal), signal);
    return request.url.protocol === "http:"
      ? await expectPlainHttp(response, endpointOf(request.url), clock, signal)
      : await response;
  }

  return {
    async fetch(input, init) {
      const request = new Request(input, init);
      const { signal } = request;
      signal.throwIfAborted();
      try {
        return await send(await httpRequestOf(request), signal);
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    },
    [Symbol.dispose]() {
      for (const { connection, timer } of [...idle.values()].flat()) {
        timer[Symbol.dispose]();
        connection.close();
      }
      idle.clear();
    },
  };
}

async function httpRequestOf(request: Request): Promise<HttpRequest> {
  const headers = new Headers(request.headers);
  if (!headers.has("accept")) headers.set("accept", "*/*");
  headers.set("user-agent", "appservice-mxisd");
  const body = request.body ? new Uint8Array(await request.arrayBuffer()) : undefined;
  return { method: request.method, url: new URL(request.url), headers, body };
}

function endpointOf({ hostname, port, protocol }: URL): Endpoint {
  const host = hostname.replace(/^\[|\]$/g, "");
  return { host, port: Number(port) || (protocol === "https:" ? 443 : 80) };
}

// A server without TLS may wait in silence for the end of a line, or hang up.
async function openTlsSocket(
  endpoint: Endpoint,
  trust: Trust,
  clock: Clock,
  signal: AbortSignal,
) {
  const silent = Promise.withResolvers<never>();
  silent.promise.catch(() => {}); // It may not be awaited.
  const noTls = new TlsError(endpoint, { kind: "no_tls", speaks: "http" });
  const abandoned = new AbortController();
  const ended = AbortSignal.any([signal, abandoned.signal]);
  const probe = async () => {
    if (await speaksHttp(endpoint, clock, ended)) silent.reject(noTls);
  };
  let timer: Disposable | undefined;
  const opening = openSocket(endpoint, ended, (socket, closed) => {
    timer = startTimer(clock, SILENCE_MS, probe);
    return startTls(socket, endpoint, trust, closed);
  });
  opening.catch(() => {}); // It fails later if it is abandoned.
  try {
    return await Promise.race([opening, silent.promise]);
  } catch (error) {
    const hungUp = error instanceof SocketError && error.code === "ECONNRESET" && timer;
    if (hungUp && await speaksHttp(endpoint, clock, signal)) throw noTls;
    throw error;
  } finally {
    timer?.[Symbol.dispose]();
    abandoned.abort();
  }
}

// A server with TLS sends an alert, hangs up, or answers 400.
async function expectPlainHttp(
  response: Promise<Response>,
  endpoint: Endpoint,
  clock: Clock,
  signal: AbortSignal,
): Promise<Response> {
  const isSuspicious = (status: number, type: string) => status === 400 && !type.includes("json");
  try {
    const { status, headers } = await response;
    if (!isSuspicious(status, headers.get("content-type") ?? "")) return await response;
  } catch (error) {
    const isClosed = error instanceof HttpError && error.fault === "closed";
    if (!isClosed || signal.aborted || !await speaksTls(endpoint, clock, signal)) throw error;
    throw new HttpError(endpoint, "speaks_tls", error);
  }
  if (!await speaksTls(endpoint, clock, signal)) return await response;
  await (await response).body?.cancel();
  throw new HttpError(endpoint, "speaks_tls");
}
