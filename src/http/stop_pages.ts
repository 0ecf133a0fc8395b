/**
 * Serves the pages on which recipients stop mails, to anyone who has the link of a mail: there is no
 * login and no cookie.
 *
 * A GET changes nothing, as scanners follow links; a POST does. All URLs in a page are relative, as a
 * proxy may have removed a prefix of the path.
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
import { BodyTooLarge, BodyTooSlow, readBody } from "./body.ts";
import { limitChanges } from "./change_limit.ts";
import type { DiscardBody } from "./discard.ts";
import { methodNotAllowed } from "./errors.ts";
import { openMessagePages } from "./message_pages.ts";
import { limitOpenBodies, type OpenBodies } from "./open_bodies.ts";
import { paceRenderer } from "./paced_renderer.ts";
import { pageHeaders, pageNonce } from "./page_headers.ts";
import { openRefusalLog } from "./refusals.ts";
import { choicesPage, offers, wholeScope } from "./stop_page_model.ts";
import { listedValue, parseStopRequest, type StopRequest } from "./stop_request.ts";

const log = openLog("http");

/** What the pages need. */
export interface StopPagesOptions {
  readonly clock: Clock;
  /** Verifies the tokens in links. */
  readonly tokens: Pick<StopTokens, "read">;
  /** Where suppressions are kept. */
  readonly suppressions: Pick<Suppressions, "stateOf" | "suppress" | "undo">;
  readonly renderer: Pick<PageRenderer, "render">;
  /** Whether the page may name the room, as far as the mail did. */
  readonly namesRoom: boolean;
  /** Whether it may call the room and an inviter from another server as that inviter does. */
  readonly namesOutside?: boolean | undefined;
  /** Answers the service's own check of its public URL. */
  readonly proof?: ((nonce: string) => string) | undefined;
}

/** The path below which a nonce is answered with its proof. */
export const CHECK_PATH = "/stop/check/";

/**
 * How long a suppression can be undone on the page, in milliseconds: finding an old mail is not
 * enough to undo one.
 */
export const UNDO_WITHIN_MS: number = 7 * DAY;

// Enough for every browser's list of languages.
const MAX_ACCEPT_LANGUAGE_CHARS = 200;
const MAX_FORM_BYTES = 4 * 1024;
const FORM_LIMITS = { max: 64, maxMs: 10 * SECOND, slowMs: SECOND };

/**
 * The routes of the pages.
 *
 * @param discard For requests without a valid link.
 */
export function stopRoutes(options: StopPagesOptions, discard: DiscardBody): Hono {
  const { tokens, suppressions, clock } = options;
  const renderer = paceRenderer(options.renderer, clock);
  const messagePages = openMessagePages(renderer, clock);
  const app = new Hono();
  const logRefusal = openRefusalLog(clock);
  const changes = limitChanges(clock);
  const forms = limitOpenBodies({ ...FORM_LIMITS, clock });

  // Also for responses that are not pages: a wrong method, a failed rendering.
  app.use("/stop/*", pageHeaders);
  const { proof } = options;
  if (proof) {
    app.get(
      `${CHECK_PATH}:nonce{[0-9a-f]{32}}`,
      (context) => context.text(proof(context.req.param("nonce"))),
    );
  }
  app.get("/stop/:token{.*}", (context) => withToken(context, showChoices));
  app.post("/stop/:token{.*}", (context) => withToken(context, change));
  app.all("/stop/:token{.*}", methodNotAllowed("GET, HEAD, POST", discard));
  return app;

  async function pageResponse(
    context: Context,
    status: ContentfulStatusCode,
    model: PageModel,
  ): Promise<Response> {
    return context.html(await renderer.render(model), status);
  }

  async function messageResponse(
    context: Context,
    status: ContentfulStatusCode,
    kind: "unknown" | "failed",
    token?: StopToken,
  ): Promise<Response> {
    const mailLanguage = token === undefined ? [] : [token.language];
    const accepted = context.req.header("accept-language")?.slice(0, MAX_ACCEPT_LANGUAGE_CHARS);
    const languages = [...mailLanguage, ...preferredLanguages(accepted)];
    return context.html(await messagePages(kind, languages, pageNonce(context)), status);
  }

  // Nothing is done before the token has been verified.
  async function withToken(
    context: Context,
    handle: (context: Context, token: StopToken) => Promise<Response>,
  ): Promise<Response> {
    const token = tokens.read(context.req.param("token") ?? "");
    if (token === undefined) {
      await discard(context.req.raw);
      logRefusal({ reason: "invalid stop link", method: context.req.method });
      return await messageResponse(context, 404, "unknown");
    }
    try {
      return await handle(context, token);
    } catch (error) {
      if (!(error instanceof OutboxError)) throw error;
      log.error("stop page failed", { error });
      context.header("Retry-After", "60");
      return await messageResponse(context, 503, "failed", token);
    }
  }

  async function showChoices(context: Context, token: StopToken): Promise<Response> {
    const state = await suppressions.stateOf(token);
    const choices = {
      preferred: context.req.query("what"),
      revocableSince: clock.now() - UNDO_WITHIN_MS,
      namesRoom: options.namesRoom,
      namesOutside: options.namesOutside ?? false,
    };
    const model = choicesPage(token, state, choices, pageNonce(context));
    return await pageResponse(context, 200, model);
  }

  async function change(context: Context, token: StopToken): Promise<Response> {
    const body = await readForm(context.req.raw, forms);
    if (body === 503) context.header("Retry-After", "60");
    if (typeof body === "number") return await messageResponse(context, body, "failed", token);
    const request = await parseStopRequest(body, context.req.header("content-type"));
    if (request === undefined) return await messageResponse(context, 400, "failed", token);
    const wait = changes.count(token.mail);
    if (wait > 0) {
      logRefusal({ reason: "stop link used too often", method: context.req.method });
      context.header("Retry-After", `${Math.ceil(wait / SECOND)}`);
      return await messageResponse(context, 429, "failed", token);
    }
    switch (request.kind) {
      case "one-click":
        await stop(token, wholeScope(token), "one-click");
        // The mail client does not follow redirects (RFC 8058, section 3.1).
        return await showChoices(context, token);
      case "stop":
      case "undo":
        await press(token, request);
    }
    const location = `./${context.req.param("token")}`;
    return context.body(null, 303, { Location: location });
  }

  async function press(
    token: StopToken,
    { kind, scope, listed }: StopRequest & { readonly kind: "stop" | "undo" },
  ): Promise<void> {
    let about: StopToken = token;
    if (listed !== undefined) {
      // Only what the mail was about.
      const { several } = await suppressions.stateOf(token);
      const target = several.find((one) => listedValue(one) === listed);
      if (target === undefined) return;
      about = { ...token, [scope]: target.hash };
    }
    if (kind === "stop") {
      if (offers(token, scope)) await stop(about, scope, "page");
    } else if (await suppressions.undo(about, scope, clock.now() - UNDO_WITHIN_MS)) {
      log.info("suppression undone", { mail: token.mail, scope });
    }
  }

  async function stop(token: StopToken, scope: StopScope, reason: string): Promise<void> {
    if (!await suppressions.suppress(token, scope, reason)) return;
    log.info("mails stopped", { mail: token.mail, scope, by: reason });
  }
}

// The body, or the status that says what is wrong with it.
async function readForm(
  request: Request,
  forms: OpenBodies,
): Promise<Uint8Array | 400 | 408 | 413 | 503> {
  using form = forms.begin();
  if (form === undefined) {
    await request.body?.cancel();
    return 503;
  }
  try {
    return await readBody(request, MAX_FORM_BYTES, form.signal);
  } catch (error) {
    if (error instanceof BodyTooLarge) return 413;
    if (error instanceof BodyTooSlow) return 408;
    log.info("request aborted by client", { error });
    return 400;
  }
}
