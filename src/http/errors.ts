/**
 * Error responses in the format of the Matrix specification (client-server API, "Standard error
 * response").
 *
 * @module
 */

import type { Context, Handler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { DiscardBody } from "./discard.ts";

// The error codes that this service uses, and the usual status of each.
const STATUS_OF = {
  M_MISSING_TOKEN: 401,
  M_FORBIDDEN: 403,
  M_NOT_FOUND: 404,
  M_UNRECOGNIZED: 404,
  M_NOT_JSON: 400,
  M_BAD_JSON: 400,
  M_TOO_LARGE: 413,
  M_UNKNOWN: 500,
} as const satisfies Record<string, ContentfulStatusCode>;

/** An error code of the specification. */
export type ErrorCode = keyof typeof STATUS_OF;

/** An error response; `status` where it is not the code's usual one. */
export function errorResponse(
  context: Context,
  code: ErrorCode,
  message: string,
  status: ContentfulStatusCode = STATUS_OF[code],
): Response {
  return context.json({ errcode: code, error: message }, status);
}

/** Responds to the methods that a path does not support. */
export function methodNotAllowed(allowed: string, discard: DiscardBody): Handler {
  return async (context) => {
    await discard(context.req.raw);
    context.header("Allow", allowed);
    return errorResponse(context, "M_UNRECOGNIZED", `This path supports ${allowed} only`, 405);
  };
}
