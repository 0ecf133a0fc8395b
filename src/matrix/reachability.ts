/**
 * Diagnoses why there was no HTTP response from a server.
 *
 * A failed fetch has only a text, which changes from version to version. So the connection is tried
 * once more without HTTP, which fails with a code.
 *
 * @module
 */

import { connect } from "node:net";
import { printable } from "../text/printable.ts";

/** A server that gave no HTTP response. */
export interface Unreachable {
  readonly kind: "unreachable";
  /**
   * `refused`: nothing listens there. `unknown_host`: the name has no address. `no_route`: the
   * network does not lead there. `tls`: there is a server, but no trusted TLS. `no_http`: there is
   * a server that does not speak HTTP. `other`: anything else.
   */
  readonly why: "refused" | "unknown_host" | "no_route" | "tls" | "no_http" | "other";
  /** Host and port, for display. */
  readonly where: string;
  /** The platform's own message or code, for display. */
  readonly detail: string;
}

const REASONS: Readonly<Record<string, Unreachable["why"]>> = {
  ECONNREFUSED: "refused",
  ENOTFOUND: "unknown_host",
  EAI_AGAIN: "unknown_host",
  EHOSTUNREACH: "no_route",
  ENETUNREACH: "no_route",
  ETIMEDOUT: "no_route",
};

/** Diagnoses why a request to this URL failed with this error. It never rejects. */
export async function diagnose(
  url: string,
  error: unknown,
  signal: AbortSignal,
): Promise<Unreachable> {
  const parsed = URL.parse(url);
  const where = parsed?.host ?? "";
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    return { kind: "unreachable", why: "other", where, detail: "not an http or https URL" };
  }
  const tls = parsed.protocol === "https:";
  const port = Number(parsed.port) || (tls ? 443 : 80);
  const code = await tryConnection(parsed.hostname.replace(/^\[|\]$/g, ""), port, signal);
  if (code !== undefined) {
    return { kind: "unreachable", why: REASONS[code] ?? "other", where, detail: code };
  }
  return {
    kind: "unreachable",
    why: tls ? "tls" : "no_http",
    where,
    detail: innermostMessage(error),
  };
}

// The error code, `undefined` when the connection was established.
function tryConnection(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect({ host, port });
  const abort = () => socket.destroy();
  let code: string | undefined = "ABORTED";
  socket.once("connect", () => {
    code = undefined;
    socket.destroy();
  });
  socket.once("error", (error: Error & { code?: string }) => code = error.code ?? "UNKNOWN");
  socket.once("close", () => {
    signal.removeEventListener("abort", abort);
    resolve(code);
  });
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  return promise;
}

// The innermost cause says what went wrong; the outer ones repeat the URL.
function innermostMessage(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (!(inner instanceof Error)) return "";
  return printable(inner.message.replace(/^.*client error \(\w+\): /s, "").slice(0, 200));
}
