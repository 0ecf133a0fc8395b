/**
 * Finds what should not be in a mail, whatever its template.
 *
 * @module
 */

import { isUnencrypted } from "../domain/loopback.ts";
import { MAX_HTML_BYTES } from "../render/liquid/mail_renderer.ts";
import type { PreviewedSample } from "./preview.ts";
import type { PreviewedMail } from "./previewed_mail.ts";

/** Something in a mail that should be changed. */
export interface LintResult {
  /** The part that it is in. */
  readonly part: "text" | "html";
  /** What is wrong, and what to do. */
  readonly message: string;
  /** The text to search the template for, if it can be in there. */
  readonly source?: string | undefined;
}

/** Checks a mail. */
export function lintMail(mail: PreviewedSample): readonly LintResult[] {
  return [
    ...missingLinks(mail),
    ...tooLarge(mail),
    ...remoteResources(mail),
    ...activeContent(mail),
    ...unencryptedLinks(mail),
  ];
}

function missingLinks({ text, html, links }: PreviewedSample): LintResult[] {
  const shown = unescaped(html);
  return links.flatMap((link): LintResult[] => [
    ...text.includes(link) ? [] : [{ part: "text" as const, message: NO_LINK }],
    ...html === "" || shown.includes(link) ? [] : [{ part: "html" as const, message: NO_LINK }],
  ]);
}

const NO_LINK = "the link that opens the room is missing: write {{ invitation.link }}";

function tooLarge({ html }: PreviewedMail): LintResult[] {
  const size = new TextEncoder().encode(html.replace(/data:[^"')]*/g, "")).length;
  if (size <= MAX_HTML_BYTES) return [];
  const message = `the HTML part has ${Math.round(size / 1000)} kB, and mail programs cut off ` +
    `what is over ${MAX_HTML_BYTES / 1000} kB: make it smaller`;
  return [{ part: "html", message }];
}

// What is loaded when the mail is opened tells somebody that it was, and most programs block it.
function remoteResources({ html }: PreviewedMail): LintResult[] {
  const urls = [
    ...attributes(html).filter(({ tag, name }) => LOADS.test(name) || loadsBy(tag, name))
      .map(({ value }) => value),
    ...[...html.matchAll(/(?:\burl\(\s*|@import\s+)["']?([^"')\s;]*)/gi)].map(([, url = ""]) =>
      url
    ),
  ];
  const remote = urls.filter((url) => url !== "" && !/^(?:cid:|data:|#)/i.test(url));
  return remote.map((source): LintResult => ({
    part: "html",
    message: `${source} would be loaded from elsewhere when the mail is read: remove it`,
    source,
  }));
}

const LOADS = /^(?:src|srcset|background|poster|data)$/;

function loadsBy(tag: string, name: string): boolean {
  return name === "href" && (tag === "link" || tag === "image" || tag === "use");
}

// Mail programs remove these, at best.
function activeContent({ html }: PreviewedMail): LintResult[] {
  const elements = [...html.matchAll(/<(?:script|iframe|object|embed|form|base)\b/gi)]
    .map(([source]) => ({ source, shown: `${source}>` }));
  const handlers = attributes(html).flatMap(({ tag, name, value }) => {
    if (/^on[a-z]+$/.test(name)) return { source: name, shown: `${name}="..."` };
    const refreshes = tag === "meta" && name === "http-equiv" && /^refresh$/i.test(value);
    return refreshes || /^(?:javascript|vbscript):/i.test(value)
      ? { source: value, shown: value }
      : [];
  });
  return [...elements, ...handlers].map(({ source, shown }): LintResult => ({
    part: "html",
    message: `no mail program shows ${shown}: remove it`,
    source,
  }));
}

function unencryptedLinks({ text, html }: PreviewedMail): LintResult[] {
  const inHtml = attributes(html).filter(({ tag, name }) => tag === "a" && name === "href");
  const all = [
    ...inHtml.map(({ value }) => ["html", value] as const),
    ...[...text.matchAll(/\bhttp:\/\/[^\s<>]+/g)].map(([url]) => ["text", url] as const),
  ];
  return all.filter(([, url]) => isUnencrypted(url)).map(([part, source]) => ({
    part,
    message: `${source} is not encrypted and can be changed on the way: write https`,
    source,
  }));
}

interface Attribute {
  readonly tag: string;
  readonly name: string;
  readonly value: string;
}

function attributes(html: string): Attribute[] {
  const pattern = /([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;
  return [...html.matchAll(/<([a-z][a-z0-9]*)\b((?:[^>"']|"[^"]*"|'[^']*')*)>/gi)].flatMap(
    ([, tag = "", inside = ""]) =>
      [...inside.matchAll(pattern)].map(([, name = "", double, single, bare]) => ({
        tag: tag.toLowerCase(),
        name: name.toLowerCase(),
        value: unescaped(double ?? single ?? bare ?? "").trim(),
      })),
  );
}

function unescaped(html: string): string {
  return html.replace(/&(?:amp|#38);/g, "&").replace(/&(?:#39|#x27);/g, "'");
}
