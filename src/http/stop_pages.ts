/**
 * The pages on which recipients stop mails, for whoever has the link of a mail: no login, no cookie.
 *
 * A GET changes nothing, as scanners follow links; a POST does. All that a page refers to is
 * relative, as a proxy may have taken a part of the path away.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { preferredLanguages } from "../domain/language.ts";
import type { StopToken, StopTokens } from "../notify/stop_token.ts";
import { OutboxError } from "../outbox/port.ts";
import type { StopScope, Suppressions } from "../outbox/suppressions.ts";
import type { PageModel, PageRenderer } from "../render/page_port.ts";
import { DAY, SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";
import { BodyTooLarge, BodyTooSlow, discardBody, readBody } from "./body.ts";
import { wrongMethod } from "./errors.ts";
import { pageHeaders, pageNonce } from "./page_headers.ts";
import { openRefusalLog } from "./refusals.ts";
import { choicesPage, messagePage } from "./stop_page_model.ts";
import { parseStopRequest } from "./stop_request.ts";

const log = openLog("http");

/** What the pages need. */
export interface StopPagesOptions {
  /** The time. */
  readonly clock: Clock;
  /** Reads tokens. */
  readonly tokens: Pick<StopTokens, "read">;
  /** Where choices are kept. */
  readonly suppressions: Pick<Suppressions, "stateOf" | "suppress" | "undo">;
  /** Draws the pages. */
  readonly renderer: Pick<PageRenderer, "render">;
  /** Whether the page may name the room, as far as the mail did. */
  readonly namesRoom: boolean;
}

/** How long what was stopped can be taken back, in milliseconds: whoever finds an old mail cannot. */
export const UNDO_WITHIN: number = 7 * DAY;

// Nobody names more languages, and what a stranger sends is not all looked at.
const LONGEST_ASKED = 200;
const LARGEST_BODY = 4 * 1024;
const LONGEST_BODY = 10 * SECOND;

/** The routes of the pages. */
export function stopRoutes(options: StopPagesOptions): Hono {
  const { tokens, suppressions, renderer, clock } = options;
  const app = new Hono();
  const warnOfRefusal = openRefusalLog(clock);

  // Also what is no page: a wrong method, a page that cannot be drawn.
  app.use("/stop/*", pageHeaders);
  app.get("/stop/:token{.*}", (context) => answer(context, showChoices));
  app.post("/stop/:token{.*}", (context) => answer(context, change));
  app.all("/stop/:token{.*}", wrongMethod("GET, HEAD, POST"));
  return app;

  async function draw(
    context: Context,
    status: ContentfulStatusCode,
    make: (nonce: string) => PageModel,
  ): Promise<Response> {
    const html = await renderer.render(make(pageNonce(context)));
    return context.html(html, status);
  }

  function tell(
    context: Context,
    status: ContentfulStatusCode,
    kind: "unknown" | "failed",
    token?: StopToken,
  ): Promise<Response> {
    const own = token === undefined ? [] : [token.language];
    const asked = context.req.header("accept-language")?.slice(0, LONGEST_ASKED);
    const languages = [...own, ...preferredLanguages(asked)];
    return draw(context, status, (nonce) => messagePage(kind, languages, nonce));
  }

  // Nothing is done before the token has been found right.
  async function answer(
    context: Context,
    act: (context: Context, token: StopToken) => Promise<Response>,
  ): Promise<Response> {
    const token = tokens.read(context.req.param("token") ?? "");
    if (token === undefined) {
      await discardBody(context.req.raw);
      warnOfRefusal({ reason: "link to stop mails not ours", method: context.req.method });
      return await tell(context, 404, "unknown");
    }
    try {
      return await act(context, token);
    } catch (error) {
      if (!(error instanceof OutboxError)) throw error;
      log.error("stop page failed", { error });
      context.header("Retry-After", "60");
      return await tell(context, 503, "failed", token);
    }
  }

  async function showChoices(context: Context, token: StopToken): Promise<Response> {
    const state = await suppressions.stateOf(token);
    const wanted = {
      what: context.req.query("what"),
      revocableSince: clock.now() - UNDO_WITHIN,
      namesRoom: options.namesRoom,
    };
    return await draw(context, 200, (nonce) => choicesPage(token, state, wanted, nonce));
  }

  async function change(context: Context, token: StopToken): Promise<Response> {
    let body: Uint8Array;
    const [late, done] = [new AbortController(), new AbortController()];
    void clock.sleep(LONGEST_BODY, done.signal).then(() => late.abort());
    try {
      body = await readBody(context.req.raw, LARGEST_BODY, late.signal);
    } catch (error) {
      if (error instanceof BodyTooLarge) return await tell(context, 413, "failed", token);
      if (error instanceof BodyTooSlow) return await tell(context, 408, "failed", token);
      log.info("request aborted by client", { error });
      return await tell(context, 400, "failed", token);
    } finally {
      done.abort();
    }
    const request = await parseStopRequest(body, context.req.header("content-type"));
    switch (request?.kind) {
      case undefined:
        return await tell(context, 400, "failed", token);
      case "one-click":
        await stop(token, "all", "one-click");
        // The mail client that asks does not follow where it is sent (RFC 8058, section 3.1).
        return await showChoices(context, token);
      case "stop":
        await stop(token, request.scope, "page");
        break;
      case "undo":
        if (await suppressions.undo(token, request.scope, clock.now() - UNDO_WITHIN)) {
          log.info("suppression undone", { mail: token.mail, scope: request.scope });
        }
    }
    const location = `./${context.req.param("token")}`;
    return context.body(null, 303, { Location: location });
  }

  async function stop(token: StopToken, scope: StopScope, reason: string): Promise<void> {
    if (!await suppressions.suppress(token, scope, reason)) return;
    log.info("mails stopped", { mail: token.mail, scope, by: reason });
  }
}
