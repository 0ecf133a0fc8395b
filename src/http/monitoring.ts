/**
 * Answers what watches the service, on a listener of its own: whether it lives and is ready, and its
 * figures.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import { EXPOSITION_TYPE } from "../metrics/registry.ts";
import { openLog } from "../system/log_events.ts";
import { openDiscard } from "./discard.ts";

const log = openLog("http");

/** What the routes tell. */
export interface MonitoringOptions {
  /** Why the service takes no transactions; empty if it does. */
  readonly takesTransactions: () => Promise<readonly string[]>;
  /** Why emails do not go out; empty if they do. */
  readonly delivers: () => Promise<readonly string[]>;
  /** The figures, in the text format of Prometheus. */
  readonly figures: () => Promise<string>;
}

/** Creates the application. */
export function createMonitoringApp(options: MonitoringOptions): Hono {
  const app = new Hono();
  const discard = openDiscard();
  app.onError((error, context) => {
    log.error("request failed", { method: context.req.method, error });
    return context.json({ status: "failed" }, 500);
  });
  app.use(async (context, next) => {
    await next();
    context.header("cache-control", "no-store");
  });
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", async (context) => readiness(context, await options.takesTransactions()));
  app.get("/readyz/delivery", async (context) => readiness(context, await options.delivers()));
  app.get(
    "/metrics",
    async (context) =>
      context.body(await options.figures(), 200, { "content-type": EXPOSITION_TYPE }),
  );
  for (const path of ["/healthz", "/readyz", "/readyz/delivery", "/metrics"]) {
    app.all(path, async (context) => {
      await discard(context.req.raw);
      return context.json({ status: "method not allowed" }, 405, { allow: "GET, HEAD" });
    });
  }
  app.notFound(async (context) => {
    await discard(context.req.raw);
    return context.json({ status: "unknown path" }, 404);
  });
  return app;
}

function readiness(context: Context, reasons: readonly string[]): Response {
  return reasons.length === 0
    ? context.json({ status: "ready" })
    : context.json({ status: "not ready", reasons }, 503);
}
