/**
 * A strict reader of our own HTML: what it does not know is an error, so that a value which breaks
 * out of its place is found.
 *
 * @module
 */

const TOKEN =
  /<!DOCTYPE html>|<!--\[if mso\]>[^]*?<!\[endif\]-->|<style>[^<]*<\/style>|<\/?([a-z][a-z0-9]*)((?: [a-z:-]+="[^"<>]*")*)>|[^<>]+|[<>]/gy;
const REFERENCE = /&(?:amp|lt|gt|quot|middot|nbsp|zwnj|#847|#39);/g;

/** The HTML without the elements around dots and slashes that only keep a text from being a link. */
export function withoutUnlinking(html: string): string {
  return html.replace(/<span>([.\u2024\u3002\uFE52\uFF0E\uFF61]|:\/\/)<\/span>/g, "$1");
}

/** The line that mail clients show beside the subject, without what fills it. */
export function preheaderOf(html: string): string {
  const [, inside = ""] = /<div style="display:none;[^"]*">([^]*?)<\/div>/.exec(html) ?? [];
  return textOf(inside.replaceAll("&#847;&zwnj;&nbsp;", "")).trim();
}

/** The document's tags, with their attributes, in order; texts are left out. */
export function structureOf(html: string): string[] {
  const tags: string[] = [];
  for (const [token, name] of withoutUnlinking(html).matchAll(TOKEN)) {
    if (token === "<" || token === ">") throw new Error(`a stray ${token} in the HTML`);
    if (token.replaceAll(REFERENCE, "").includes("&")) throw new Error(`a stray & in ${token}`);
    if (name !== undefined || token.startsWith("<")) tags.push(token);
  }
  return tags;
}

/** What the document shows, a blank between two elements. */
export function textOf(html: string): string {
  return html
    .replace(/<!--[^]*?-->|<style>[^]*?<\/style>|<title>[^]*?<\/title>/g, "")
    .replace(/<div style="display:none;[^]*?<\/div>/, "")
    .replace(/<\/?(?:bdi|strong|span)[^>]*>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'").replaceAll("&amp;", "&").replace(/\s+/g, " ");
}
