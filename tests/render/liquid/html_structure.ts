/**
 * A strict reader of our own HTML: what it does not know is an error, so that a value which breaks
 * out of its place is found.
 *
 * @module
 */

const TOKEN =
  /<!DOCTYPE html>|<style>[^<]*<\/style>|<\/?([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>]*")*)>|[^<>]+|[<>]/gy;
const REFERENCE = /&(?:amp|lt|gt|quot|middot|#39);/g;

/** The document's tags, with their attributes, in order; texts are left out. */
export function structureOf(html: string): string[] {
  const tags: string[] = [];
  for (const [token, name] of html.matchAll(TOKEN)) {
    if (token === "<" || token === ">") throw new Error(`a stray ${token} in the HTML`);
    if (token.replaceAll(REFERENCE, "").includes("&")) throw new Error(`a stray & in ${token}`);
    if (name !== undefined || token.startsWith("<")) tags.push(token);
  }
  return tags;
}

/** What the document shows, a blank between two elements. */
export function textOf(html: string): string {
  return html.replace(/<style>[^]*?<\/style>|<title>[^]*?<\/title>/g, "")
    .replace(/<\/?(?:bdi|strong|span)[^>]*>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'").replaceAll("&amp;", "&").replace(/\s+/g, " ");
}
