/**
 * Finds out whether the service runs on this machine.
 *
 * @module
 */

import { isLoopback, loopbackHost } from "../domain/loopback.ts";
import { formatEndpoint } from "../net/endpoint.ts";
import { jsonOf, readResponseText } from "../net/http.ts";
import { SocketError } from "../net/socket_error.ts";
import { timeLimit } from "../net/timeout.ts";
import { SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { type Check, error, ok, skipped } from "./finding.ts";

const TIMEOUT_MS = 5 * SECOND;
const MAX_RESPONSE_BYTES = 1024;

/** Whether the service runs. */
export type ServiceState =
  | { readonly kind: "running"; readonly at: string }
  /** Nothing listens on its port, or it cannot be reached from here. */
  | { readonly kind: "stopped"; readonly at: string }
  /** Another program listens there. */
  | { readonly kind: "other"; readonly at: string; readonly response: string };

/** Where the service listens. */
export interface ServiceAddress {
  /** `server.host`. */
  readonly host: string | undefined;
  /** `server.port`. */
  readonly port: number;
  /** `appsvc.endpoint.toAS.url`. */
  readonly url: string | undefined;
}

/** Asks for the service's health on its own port. Never rejects. */
export async function findService(
  { host, port, url }: ServiceAddress,
  { clock, fetch }: { readonly clock: Clock; readonly fetch: typeof globalThis.fetch },
  signal: AbortSignal,
): Promise<ServiceState> {
  const listens = host ?? loopbackHost(url ?? "") ?? "127.0.0.1";
  const target = ["0.0.0.0", "::"].includes(listens) ? "127.0.0.1" : listens;
  const at = formatEndpoint({ host: target, port });
  using limit = timeLimit(clock, TIMEOUT_MS);
  try {
    const response = await fetch(`http://${at}/health`, {
      redirect: "manual",
      signal: AbortSignal.any([signal, limit.signal]),
    });
    const { text } = await readResponseText(response, MAX_RESPONSE_BYTES);
    if (response.ok && isHealth(text)) return { kind: "running", at };
    return { kind: "other", at, response: `HTTP ${response.status}` };
  } catch (cause) {
    const isSilent = limit.signal.aborted || cause instanceof SocketError || isRefused(cause);
    return isSilent
      ? { kind: "stopped", at }
      : { kind: "other", at, response: "something that is not HTTP" };
  }
}

/** The state as a check: another program keeps the service from listening. */
export function checkService(state: ServiceState): Check {
  const { at } = state;
  switch (state.kind) {
    case "running":
      return ok("service", `it is running, and listens at ${at}`);
    case "stopped":
      return skipped("service", `it is not running here: nothing listens at ${at}`);
    case "other":
      return error(
        "service",
        `another program listens at ${at} and responds with ${state.response}`,
        "Stop the other program, or set server.port to a free port, and the same in " +
          "appsvc.endpoint.toAS.url.",
      );
  }
}

/** Whether a body is that of the service's health. */
export function isHealth(text: string): boolean {
  const value = jsonOf(text);
  return typeof value === "object" && value !== null && "status" in value && value.status === "ok";
}

/** Whether what the URL leads to can be published: this machine's own address cannot. */
export function isPublished(url: string): boolean {
  const host = URL.parse(url)?.hostname ?? "";
  return !isLoopback(host) && !host.endsWith(".localhost");
}

// Deno's own client, before 2.9.
function isRefused(cause: unknown): boolean {
  return cause instanceof TypeError && /refused|os error 111/i.test(String(cause.cause ?? cause));
}
