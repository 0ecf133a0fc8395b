/**
 * Serves the demonstration's page of samples, which reloads when a template changes.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import { NONCE, secureHeaders } from "hono/secure-headers";
import { type ColorScheme, inColorScheme, MAIL_POLICY } from "../preview/color_scheme.ts";
import { previewPage, type ShownMail } from "../preview/page.ts";
import type { Preview } from "../preview/preview.ts";
import { RenderError } from "../render/port.ts";
import type { TemplateChanges } from "./template_changes.ts";

/** The source of the page. */
export interface PreviewSource {
  /** Reads the templates again. */
  readonly open: () => Promise<Preview>;
  /** Counts the changes of templates. */
  readonly changes: Pick<TemplateChanges, "count" | "events">;
}

/** Creates the application of the page, for a path of its own. */
export function createPreviewPage(source: PreviewSource): Hono {
  const current = latest(source);
  const app = new Hono();
  app.use("/", PAGE_POLICY);
  app.get("/", async (context) => {
    const preview = await attempt(current);
    if (preview instanceof RenderError) return context.html(brokenPage(preview, context));
    const [first = "en"] = preview.languages;
    const language = known(preview.languages, context.req.query("language")) ?? first;
    const sample = known(preview.samples, context.req.query("sample"));
    const mails = await Promise.all(
      (sample === undefined ? preview.samples : [sample]).map((name) =>
        shown(preview, name, language)
      ),
    );
    return context.html(previewPage({ ...page(context), preview, language, mails }));
  });
  app.get("/mails/:language/:sample/:scheme", async (context) => {
    const { language, sample, scheme } = context.req.param();
    const preview = await attempt(current);
    if (preview instanceof RenderError || (scheme !== "light" && scheme !== "dark")) {
      return context.notFound();
    }
    if (!known(preview.languages, language) || !known(preview.samples, sample)) {
      return context.notFound();
    }
    const mail = await shown(preview, sample, language);
    if (mail.kind === "broken") return context.notFound();
    // A policy of its own: it may have styles, and nothing else.
    context.header("content-security-policy", `${MAIL_POLICY}; frame-ancestors 'self'; sandbox`);
    context.header("referrer-policy", "no-referrer");
    return context.html(inColorScheme(mail.mail.html, scheme));
  });
  app.get("/changes", (context) => {
    context.header("content-type", "text/event-stream");
    context.header("cache-control", "no-store");
    return context.body(source.changes.events());
  });
  return app;
}

const PAGE_POLICY = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: [NONCE],
    scriptSrc: [NONCE],
    connectSrc: ["'self'"],
    frameSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
  referrerPolicy: "no-referrer",
});

function page(context: Context) {
  return {
    nonce: context.get("secureHeadersNonce") ?? "",
    changesUrl: "/preview/changes",
    pageUrl: (language: string, sample?: string) => {
      const query = new URLSearchParams({ language, ...(sample === undefined ? {} : { sample }) });
      return `/preview?${query}`;
    },
    mailUrl: (language: string, sample: string, scheme: ColorScheme) =>
      `/preview/mails/${encodeURIComponent(language)}/${encodeURIComponent(sample)}/${scheme}`,
  };
}

// Templates that cannot be read: the page waits for the next change.
function brokenPage(error: RenderError, context: Context) {
  const mails = [{ kind: "broken", sample: "templates", reason: error.message }] as const;
  const preview = { languages: [], samples: [] };
  return previewPage({ ...page(context), preview, language: "en", mails });
}

async function shown(preview: Preview, sample: string, language: string): Promise<ShownMail> {
  try {
    return { kind: "mail", sample, mail: await preview.mail(sample, language) };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return { kind: "broken", sample, reason: error.message };
  }
}

async function attempt(open: () => Promise<Preview>): Promise<Preview | RenderError> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof RenderError) return error;
    throw error;
  }
}

// The templates are read again only after a change.
function latest({ open, changes }: PreviewSource): () => Promise<Preview> {
  let opened: { readonly at: number; readonly preview: Promise<Preview> } | undefined;
  return () => {
    if (opened?.at !== changes.count) opened = { at: changes.count, preview: open() };
    return opened.preview;
  };
}

function known(names: readonly string[], name: string | undefined): string | undefined {
  return name !== undefined && names.includes(name) ? name : undefined;
}
