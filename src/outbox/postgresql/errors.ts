/**
 * Classifies the errors of PostgreSQL (its documentation, appendix A: "PostgreSQL Error Codes").
 *
 * @module
 */

import { TlsNotOffered } from "../../database/postgres_tls.ts";
import type { SessionStage } from "../../database/postgres_session.ts";
import { type Endpoint, formatEndpoint } from "../../net/endpoint.ts";
import { SocketError, systemCode, TlsError, tlsFaultOf } from "../../net/socket_error.ts";
import type { TlsKeys } from "../../net/tls_fault.ts";
import { printable } from "../../text/printable.ts";
import { OutboxError } from "../port.ts";

/** A statement failed, or the connection did. */
export class StatementError extends Error {
  /** The name of this kind of error. */
  override readonly name = "StatementError";
  /** The SQLSTATE; `undefined` if the server did not respond. */
  readonly state: string | undefined;

  constructor(readonly endpoint: Endpoint, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.state = stateOf(cause);
  }

  /** Whether it is about the values of one row: data, a constraint, a row that is too large. */
  get isAboutRow(): boolean {
    return /^(?:22|23|54)/.test(this.state ?? "");
  }

  /** Whether the transaction did nothing and can be repeated: it met another one. */
  get isConflict(): boolean {
    return ["40001", "40P01"].includes(this.state ?? "");
  }

  /**
   * Whether the connection cannot be used again. A server that has become read-only was the primary
   * before a failover.
   */
  get endsConnection(): boolean {
    return this.state === undefined || /^(?:08|57P|25006|25P03)/.test(this.state);
  }
}

// What an administrator has to mend: a login, a database, a schema or a permission that is missing.
const REFUSED = /^(?:28|3D|3F|42501)/;
// A table or a schema that was there when the outbox was opened.
const LOST = /^(?:42P01|42703|3F000)/;
// Their messages name parts of the schema and the server. Those of others may contain a row's values.
const SHOWN = /^(?:08|25|28|3D|3F|40|42|53|55|57|58)/;

/** The error of the outbox for a statement that failed. */
export function failureOf(error: StatementError): OutboxError {
  const { endpoint, state } = error;
  const where = `PostgreSQL at ${formatEndpoint(endpoint)}`;
  if (state === undefined) {
    const reason = systemCode(error.cause) ?? "the connection was lost";
    return new OutboxError("unavailable", `${where}: ${reason}`, { cause: error });
  }
  if (state === "25006") {
    const message =
      `${where} is read-only: it is a standby, or default_transaction_read_only is on`;
    return new OutboxError("unavailable", message, { cause: error });
  }
  const detail = SHOWN.test(state) ? `: ${printable(error.message)}` : "";
  const message = `${where} refuses a statement (${state})${detail}`;
  const kind = LOST.test(state) ? "lost" : REFUSED.test(state) ? "refused" : "unavailable";
  return new OutboxError(kind, message, { cause: error });
}

const KEYS: TlsKeys = {
  host: "storage.provider.postgresql.database",
  withoutTls: "correct the port in storage.provider.postgresql.database, or see sslmode",
};

/** The error of the outbox for a session that could not be opened. */
export function openFailure(stage: SessionStage, endpoint: Endpoint, cause: unknown): OutboxError {
  const where = `PostgreSQL at ${formatEndpoint(endpoint)}`;
  const fail = (kind: OutboxError["kind"], message: string) =>
    new OutboxError(kind, message, { cause });
  if (cause instanceof OutboxError) return cause;
  if (cause instanceof TlsNotOffered) {
    return fail("refused", `${where} does not offer TLS: see sslmode`);
  }
  const state = stateOf(cause);
  if (state !== undefined) {
    const reason = cause instanceof Error ? `: ${printable(cause.message)}` : "";
    const kind = REFUSED.test(state) ? "refused" : "unavailable";
    return fail(kind, `${where} refuses the login (${state})${reason}`);
  }
  const code = codeOf(cause);
  if (/^(?:AUTH|SASL)_/.test(code)) {
    return fail("refused", `${where} requires an unsupported login method (${code})`);
  }
  const isGone = systemCode(cause) !== undefined || /^CONNECTION_/.test(code);
  if (stage === "tls" && !isGone) {
    const failure = cause instanceof TlsError
      ? cause
      : new TlsError(endpoint, tlsFaultOf(cause), cause);
    return fail("refused", failure.advise(KEYS));
  }
  if (stage === "connect" && cause instanceof SocketError) {
    return fail("unavailable", cause.advise(KEYS.host));
  }
  return fail("unavailable", `cannot connect to ${where}: ${code || "the connection was lost"}`);
}

function stateOf(cause: unknown): string | undefined {
  const code = codeOf(cause);
  return /^[0-9A-Z]{5}$/.test(code) && systemCode(cause) === undefined ? code : undefined;
}

function codeOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "";
}
