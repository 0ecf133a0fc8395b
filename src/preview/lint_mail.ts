/**
 * What should not be in a mail, whatever its template.
 *
 * @module
 */

import { isUnencrypted } from "../domain/loopback.ts";
import { LARGEST_HTML } from "../render/liquid/mail_renderer.ts";
import type { PreviewedSample } from "./preview.ts";
import type { PreviewedMail } from "./previewed_mail.ts";

/** Something that wants to be changed. */
export interface Finding {
  /** The part that it is in. */
  readonly part: "text" | "html";
  /** What is wrong, and what to do. */
  readonly message: string;
  /** What to look for in the template, where that may be found. */
  readonly source?: string;
}

/** Looks at a mail. */
export function findingsOf(mail: PreviewedSample): readonly Finding[] {
  return [
    ...missingLinks(mail),
    ...tooLarge(mail),
    ...foreign(mail),
    ...running(mail),
    ...unsafeLinks(mail),
  ];
}

function missingLinks({ text, html, links }: PreviewedSample): Finding[] {
  const shown = unescaped(html);
  return links.flatMap((link): Finding[] => [
    ...text.includes(link) ? [] : [{ part: "text" as const, message: NO_LINK }],
    ...html === "" || shown.includes(link) ? [] : [{ part: "html" as const, message: NO_LINK }],
  ]);
}

const NO_LINK = "the link that opens the room is missing: write {{ invitation.link }}";

function tooLarge({ html }: PreviewedMail): Finding[] {
  const size = new TextEncoder().encode(html.replace(/data:[^"')]*/g, "")).length;
  if (size <= LARGEST_HTML) return [];
  const message = `the HTML part has ${Math.round(size / 1000)} kB, and mail programs cut off ` +
    `what is over ${LARGEST_HTML / 1000} kB: make it smaller`;
  return [{ part: "html", message }];
}

// What is loaded when the mail is opened tells somebody that it was, and most programs block it.
function foreign({ html }: PreviewedMail): Finding[] {
  const urls = [
    ...attributes(html).filter(({ tag, name }) => LOADS.test(name) || loadsBy(tag, name))
      .map(({ value }) => value),
    ...[...html.matchAll(/(?:\burl\(\s*|@import\s+)["']?([^"')\s;]*)/gi)].map(([, url = ""]) =>
      url
    ),
  ];
  const remote = urls.filter((url) => url !== "" && !/^(?:cid:|data:|#)/i.test(url));
  return remote.map((source): Finding => ({
    part: "html",
    message: `${source} would be loaded from elsewhere when the mail is read: remove it`,
    source,
  }));
}

const LOADS = /^(?:src|srcset|background|poster|data)$/;

function loadsBy(tag: string, name: string): boolean {
  return name === "href" && (tag === "link" || tag === "image" || tag === "use");
}

// Mail programs take these out, at best.
function running({ html }: PreviewedMail): Finding[] {
  const elements = [...html.matchAll(/<(?:script|iframe|object|embed|form|base)\b/gi)]
    .map(([source]) => ({ source, shown: `${source}>` }));
  const handlers = attributes(html).flatMap(({ tag, name, value }) => {
    if (/^on[a-z]+$/.test(name)) return { source: name, shown: `${name}="..."` };
    const refreshes = tag === "meta" && name === "http-equiv" && /^refresh$/i.test(value);
    return refreshes || /^(?:javascript|vbscript):/i.test(value)
      ? { source: value, shown: value }
      : [];
  });
  return [...elements, ...handlers].map(({ source, shown }): Finding => ({
    part: "html",
    message: `no mail program shows ${shown}: remove it`,
    source,
  }));
}

function unsafeLinks({ text, html }: PreviewedMail): Finding[] {
  const inHtml = attributes(html).filter(({ tag, name }) => tag === "a" && name === "href");
  const all = [
    ...inHtml.map(({ value }) => ["html", value] as const),
    ...[...text.matchAll(/\bhttp:\/\/[^\s<>]+/g)].map(([url]) => ["text", url] as const),
  ];
  return all.filter(([, url]) => isUnencrypted(url)).map(([part, source]) => ({
    part,
    message: `${source} is read and changed by whoever is in between: write https`,
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
