/**
 * Puts together the web application: the application service API, the stop pages, the health check.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import { openLog } from "../system/log_events.ts";
import { type AppserviceOptions, appserviceRoutes } from "./appservice.ts";
import { bounceRoutes, type BounceWebhookOptions } from "./bounce_webhook.ts";
import { openDiscard } from "./discard.ts";
import { errorResponse, methodNotAllowed } from "./errors.ts";
import { type StopPagesOptions, stopRoutes } from "./stop_pages.ts";

const log = openLog("http");

/** What the application needs. */
export interface HttpOptions extends AppserviceOptions {
  /** The pages on which recipients stop mails; without them there are none. */
  readonly stopPages?: StopPagesOptions | undefined;
  /** The webhook that tells of emails that came back; without it there is none. */
  readonly bounceWebhook?: BounceWebhookOptions | undefined;
}

/** Creates the application. */
export function createHttpApp(options: HttpOptions): Hono {
  const app = new Hono();
  const discard = openDiscard();
  app.onError((error, context) => {
    log.error("request failed", { method: context.req.method, error });
    return errorResponse(context, "M_UNKNOWN", "Internal error; see the log of this service");
  });
  app.notFound(notFound);
  // A proxy that normalizes such a path would let strangers reach what it does not publish.
  app.use(async (context, next) => {
    if (!hasDotSegments(context.req.path)) return await next();
    return await notFound(context);
  });
  app.get("/health", (context) => context.json({ status: "ok" }));
  app.all("/health", methodNotAllowed("GET", discard));
  if (options.stopPages) app.route("/", stopRoutes(options.stopPages, discard));
  if (options.bounceWebhook) app.route("/", bounceRoutes(options.bounceWebhook, discard));
  app.route("/", appserviceRoutes(options, discard));
  return app;

  async function notFound(context: Context): Promise<Response> {
    await discard(context.req.raw);
    return errorResponse(context, "M_UNRECOGNIZED", "Unknown path");
  }
}

// Percent-encoded dot segments, which the URL parser keeps, but some proxies resolve.
function hasDotSegments(path: string): boolean {
  return /(?:^|\/|\\|%2f|%5c)(?:\.|%2e){2}(?:$|\/|\\|%2f|%5c)/i.test(path);
}
