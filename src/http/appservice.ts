/**
 * Serves the application service API, which homeservers call.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import type { Accepted } from "../notify/accept/accept.ts";
import { OutboxError } from "../outbox/port.ts";
import type { Secret } from "../settings/secret.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";
import { BodyTooLarge, discardBody, readBody, releaseBody } from "./body.ts";
import type { DiscardBody } from "./discard.ts";
import { errorResponse, methodNotAllowed } from "./errors.ts";
import { openRefusalLog } from "./refusals.ts";
import { tokenCheck } from "./token.ts";

const log = openLog("http");

/** What the routes need. */
export interface AppserviceOptions {
  /** The homeserver's token: anyone who knows it may push events. */
  readonly hsToken: Secret;
  /** The token before, which is accepted as well while it is being replaced. */
  readonly previousHsToken?: Secret | undefined;
  readonly clock: Pick<Clock, "now">;
  /**
   * Accepts the body of a transaction; once it resolves, the invites are on disk, and the body's memory
   * is given back.
   */
  readonly accept: (body: Uint8Array) => Promise<Accepted>;
}

/** The largest body that is read, in bytes. */
export const MAX_BODY_BYTES: number = 32 * 1024 * 1024;

// The specification's prefix, and none for its legacy routes.
const PREFIXES = ["/_matrix/app/v1", ""] as const;
const THIRD_PARTY_PREFIXES = ["/_matrix/app/v1", "/_matrix/app/unstable", ""] as const;
const THIRD_PARTY = [
  "/protocol/:id{.+}",
  "/user",
  "/user/:id{.+}",
  "/location",
  "/location/:id{.+}",
];

/**
 * The routes of the application service API.
 *
 * @param discard For requests without the token; bodies of the homeserver are not limited in number.
 */
export function appserviceRoutes(options: AppserviceOptions, discard: DiscardBody): Hono {
  const app = new Hono();
  const authenticate = tokenCheck(options.hsToken, options.previousHsToken);
  const logRotation = openRotationLog(options);
  const logRefusal = openRefusalLog(options.clock);

  // Every route is added here: nothing is done before the token has been accepted.
  function route(
    method: "GET" | "PUT" | "POST",
    path: string,
    handle: (context: Context) => Response | Promise<Response>,
  ): void {
    app.on(method, path, async (context) => {
      const refusal = await refuse(context);
      return refusal ?? await handle(context);
    });
    app.all(path, methodNotAllowed(method, discard));
  }

  async function refuse(context: Context): Promise<Response | undefined> {
    const authentication = authenticate(context.req.raw);
    if (authentication === "accepted" || authentication === "previous") {
      logRotation(authentication);
      return undefined;
    }
    await discard(context.req.raw);
    logRefusal({ reason: `token ${authentication}`, method: context.req.method });
    return authentication === "missing"
      ? errorResponse(context, "M_MISSING_TOKEN", "The homeserver's token is missing")
      : errorResponse(context, "M_FORBIDDEN", "This is not the homeserver's token");
  }

  for (const prefix of PREFIXES) {
    // Some homeservers do not escape the last segment: it may contain slashes.
    route("PUT", `${prefix}/transactions/:id{.+}`, (context) => transaction(context, options));
    // This service creates no users: the first service that says yes keeps the homeserver from
    // asking the others.
    route("GET", `${prefix}/users/:id{.+}`, notFound);
    route("GET", `${prefix}/rooms/:alias{.+}`, notFound);
  }
  for (const prefix of THIRD_PARTY_PREFIXES) {
    for (const path of THIRD_PARTY) route("GET", `${prefix}/thirdparty${path}`, notFound);
  }
  route("POST", "/_matrix/app/v1/ping", async (context) => {
    await discardBody(context.req.raw);
    return context.json({});
  });
  return app;
}

// Says which token the homeserver has, and again when that changes: then the rotation is over.
function openRotationLog(
  { previousHsToken }: AppserviceOptions,
): (authentication: "accepted" | "previous") => void {
  if (previousHsToken === undefined) return () => {};
  let told: string | undefined;
  return (authentication) => {
    if (authentication === told) return;
    told = authentication;
    if (authentication === "previous") {
      const advice = "restart the homeserver, so that it reads the registration again";
      log.info("homeserver uses the previous token", { advice });
    } else {
      const advice =
        "remove appsvc.endpoint.toAS.previousToken, and restart or reload this service";
      log.info("homeserver uses the new token", { advice });
    }
  };
}

function notFound(context: Context): Response {
  return errorResponse(context, "M_NOT_FOUND", "This service provides no users, rooms or networks");
}

async function transaction(context: Context, options: AppserviceOptions): Promise<Response> {
  if (!/^(?:identity)?$/i.test(context.req.header("content-encoding") ?? "")) {
    await discardBody(context.req.raw);
    return errorResponse(context, "M_NOT_JSON", "Compressed bodies are not supported");
  }
  let body: Uint8Array;
  try {
    body = await readBody(context.req.raw, MAX_BODY_BYTES);
  } catch (error) {
    if (error instanceof BodyTooLarge) {
      return errorResponse(
        context,
        "M_TOO_LARGE",
        `The body is larger than ${MAX_BODY_BYTES} bytes`,
      );
    }
    log.info("request aborted by client", { error });
    return errorResponse(context, "M_UNKNOWN", "The body could not be read", 400);
  }
  try {
    const accepted = await options.accept(body);
    switch (accepted.kind) {
      case "accepted":
        return context.json({});
      case "malformed":
        log.warn("transaction refused", { reason: accepted.why });
        return accepted.why === "not JSON"
          ? errorResponse(context, "M_NOT_JSON", "The body is not JSON")
          : errorResponse(
            context,
            "M_BAD_JSON",
            "The body is not an object with a list of 'events'",
          );
    }
  } catch (error) {
    if (!(error instanceof OutboxError)) throw error;
    log.error("transaction not stored", { error });
    return errorResponse(context, "M_UNKNOWN", "The database is unavailable", 503);
  } finally {
    releaseBody(body);
  }
}
