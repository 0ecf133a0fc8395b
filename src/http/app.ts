/**
 * The one web application: everything that is answered over HTTP.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { Hono } from "hono";
import { type AppserviceOptions, appserviceRoutes } from "./appservice.ts";
import { discardBody } from "./body.ts";
import { answerError, wrongMethod } from "./errors.ts";

const log = getLogger(["appservice-mxisd", "http"]);

/** The application. */
export function createHttpApp(options: AppserviceOptions): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    log.error("request failed", { method: context.req.method, error });
    return answerError(context, "M_UNKNOWN", "Something went wrong; the log says what");
  });
  app.notFound(async (context) => {
    await discardBody(context.req.raw);
    return answerError(context, "M_UNRECOGNIZED", "There is nothing here");
  });
  app.get("/health", (context) => context.json({ status: "ok" }));
  app.all("/health", wrongMethod("GET"));
  app.route("/", appserviceRoutes(options));
  return app;
}
