/**
 * The one web application: everything that is answered over HTTP.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import { openLog } from "../system/log_events.ts";
import { type AppserviceOptions, appserviceRoutes } from "./appservice.ts";
import { discardBody } from "./body.ts";
import { answerError, wrongMethod } from "./errors.ts";
import { type StopPagesOptions, stopRoutes } from "./stop_pages.ts";

const log = openLog("http");

/** What the application is made with. */
export interface HttpOptions extends AppserviceOptions {
  /** The pages on which recipients stop mails; absent: there are none. */
  readonly stopPages?: StopPagesOptions;
}

/** The application. */
export function createHttpApp(options: HttpOptions): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    log.error("request failed", { method: context.req.method, error });
    return answerError(context, "M_UNKNOWN", "Something went wrong; the log says what");
  });
  app.notFound(notFound);
  // A proxy that takes such a path for another one would let strangers to what it does not publish.
  app.use(async (context, next) => {
    if (!hasDotSegments(context.req.path)) return await next();
    return await notFound(context);
  });
  app.get("/health", (context) => context.json({ status: "ok" }));
  app.all("/health", wrongMethod("GET"));
  if (options.stopPages) app.route("/", stopRoutes(options.stopPages));
  app.route("/", appserviceRoutes(options));
  return app;
}

async function notFound(context: Context): Promise<Response> {
  await discardBody(context.req.raw);
  return answerError(context, "M_UNRECOGNIZED", "There is nothing here");
}

// Dots between slashes that are escaped, which a URL does not take for steps, but some proxies do.
function hasDotSegments(path: string): boolean {
  return /(?:^|\/|\\|%2f|%5c)(?:\.|%2e){2}(?:$|\/|\\|%2f|%5c)/i.test(path);
}
