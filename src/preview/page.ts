/**
 * The page that shows samples side by side: as text, as HTML in light and dark, on a phone, and as
 * they are sent.
 *
 * @module
 */

import { html } from "hono/html";
import { directionOf } from "../domain/language.ts";
import type { ColorScheme } from "./color_scheme.ts";
import { frameHeight, type FrameWidth } from "./frame_height.ts";
import { PAGE_STYLE } from "./page_style.ts";
import type { Preview } from "./preview.ts";
import type { PreviewedMail } from "./previewed_mail.ts";

/** A mail on the page. */
export type ShownMail =
  & { readonly sample: string }
  & (
    | { readonly kind: "mail"; readonly mail: PreviewedMail }
    /** Its template cannot be rendered. */
    | { readonly kind: "broken"; readonly reason: string }
  );

/** What the page shows. */
export interface PreviewPage {
  /** The languages and samples to choose from. */
  readonly preview: Pick<Preview, "languages" | "samples">;
  /** The language that is shown. */
  readonly language: string;
  /** The mails that are shown: all samples, or one. */
  readonly mails: readonly ShownMail[];
  /** The URL of the page for another choice; without a sample, for all of them. */
  readonly pageUrl: (language: string, sample?: string) => string;
  /** The URL of a mail's HTML. */
  readonly mailUrl: (language: string, sample: string, scheme: ColorScheme) => string;
  /** Admits the page's own style and script, and no other. */
  readonly nonce: string;
  /** The page's Content Security Policy, where no header carries it. */
  readonly policy?: string | undefined;
  /** Sends an event when templates have changed (server-sent events). */
  readonly changesUrl?: string | undefined;
}

type Markup = ReturnType<typeof html>;

/** Renders the page. */
export function previewPage(page: PreviewPage): Markup {
  const { preview, language, mails, pageUrl, nonce, policy, changesUrl } = page;
  const [only] = mails.length === 1 ? mails : [];
  const title = only === undefined ? "all samples" : only.sample;
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        ${policy === undefined
          ? ""
          : html`<meta http-equiv="Content-Security-Policy" content="${policy}">`}
        <meta name="viewport" content="width=device-width">
        <meta name="referrer" content="no-referrer">
        <title>Preview: ${title}, ${language}</title>
        <style nonce="${nonce}">${PAGE_STYLE}</style>
      </head>
      <body>
        <header>
          <h1>Preview of the emails</h1>
          <nav aria-label="Language">${preview.languages.map((tag) =>
            link(pageUrl(tag, only?.sample), tag, tag === language)
          )}</nav>
          <nav aria-label="Sample">${link(pageUrl(language), "all", only === undefined)}
          ${preview.samples.map((name) =>
            link(pageUrl(language, name), name, name === only?.sample)
          )}</nav>
        </header>
        <main>${mails.map((shown) => article(shown, page))}</main>
        ${changesUrl === undefined ? "" : html`
          <script nonce="${nonce}" data-changes="${changesUrl}">
          new EventSource(document.currentScript.dataset.changes).onmessage = () => location.reload();
          </script>
        `}
      </body>
    </html>
  `;
}

function link(url: string, text: string, isCurrent: boolean): Markup {
  return isCurrent
    ? html`
      <a href="${url}" aria-current="page">${text}</a>
    `
    : html`
      <a href="${url}">${text}</a>
    `;
}

function article(shown: ShownMail, page: PreviewPage): Markup {
  if (shown.kind === "broken") {
    return html`
      <article id="${shown.sample}">
        <h2>${shown.sample}</h2>
        <pre class="broken" role="alert">${shown.reason}</pre>
      </article>
    `;
  }
  const { sample, mail } = shown;
  const direction = directionOf(page.language);
  return html`
    <article id="${sample}">
      <h2>${sample}</h2>
      <p class="subject" dir="${direction}">${mail.subject}</p>
      <p class="size">${sizes(mail)}</p>
      <div class="views">
        ${mail.html === "" ? "" : [
          frame(page, sample, mail, "light", "HTML, light", "desktop"),
          frame(page, sample, mail, "dark", "HTML, dark", "desktop"),
          frame(page, sample, mail, "light", "HTML, 360 px wide", "phone"),
          frame(page, sample, mail, "dark", "HTML, 360 px wide, dark", "phone"),
        ]}
        <figure class="text"><figcaption>Text</figcaption>
          <pre dir="${direction}">${mail.text}</pre></figure>
      </div>
      <details>
        <summary>Header</summary>
        <pre>${mail.header}</pre>
      </details>
      <details>
        <summary>Source</summary>
        <pre>${mail.source}</pre>
      </details>
    </article>
  `;
}

function frame(
  { language, mailUrl }: PreviewPage,
  sample: string,
  mail: PreviewedMail,
  scheme: ColorScheme,
  caption: string,
  width: FrameWidth,
): Markup {
  return html`
    <figure class="${width}">
      <figcaption>${caption}</figcaption>
      <iframe title="${sample}: ${caption}" sandbox loading="lazy"
        height="${frameHeight(mail, width)}" src="${mailUrl(language, sample, scheme)}"></iframe>
    </figure>
  `;
}

function sizes({ html, bytes }: PreviewedMail): string {
  const inHtml = html === ""
    ? "no HTML"
    : `HTML ${kilobytes(new TextEncoder().encode(html).length)}`;
  return `${kilobytes(bytes.length)} as sent, ${inHtml}`;
}

function kilobytes(size: number): string {
  return `${(size / 1000).toFixed(1)} kB`;
}
