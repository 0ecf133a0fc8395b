/**
 * The texts of our own HTML with the colours that they are drawn in, by the inlined styles and, in
 * the dark, by the rules for classes.
 *
 * @module
 */

/** A text, and what it is drawn in and on. */
export interface DrawnText {
  readonly text: string;
  readonly color: string;
  readonly background: string;
}

type Style = Readonly<Record<string, string>>;
const TOKEN = /<style>([^]*?)<\/style>|<(\/?)([a-z0-9]+)([^>]*)>|([^<]+)/g;
const EMPTY = ["meta", "br", "img"];
// Also what only Word reads, and what no reader sees.
const UNSEEN = /<!DOCTYPE html>|<!--[^]*?-->|<div style="display:none;[^]*?<\/div>/g;

/** The visible texts of a document, in light or dark. */
export function drawnTexts(html: string, scheme: "light" | "dark"): DrawnText[] {
  const rules = scheme === "dark" ? darkRules(html) : new Map<string, Style>();
  const texts: DrawnText[] = [];
  const open: { element: string; color: string; background: string }[] = [
    { element: "", color: "#000000", background: "#ffffff" },
  ];
  for (
    const [, , slash, element = "", attributes = "", text] of html.replace(UNSEEN, "")
      .matchAll(TOKEN)
  ) {
    const above = open.at(-1);
    if (above === undefined) throw new Error("an element is closed that was not opened");
    if (text !== undefined) {
      const { color, background } = above;
      if (text.trim() !== "" && above.element !== "title") texts.push({ text, color, background });
    } else if (slash === "/") {
      open.pop();
    } else if (element !== "" && !EMPTY.includes(element)) {
      const style = { ...inlined(attributes), ...fromClasses(element, attributes, rules) };
      const link = element === "a" && style.color === undefined ? "#0000ee" : above.color;
      open.push({
        element,
        color: style.color ?? link,
        background: style["background-color"] ?? above.background,
      });
    }
  }
  return texts;
}

function inlined(attributes: string): Style {
  return declarations(/ style="([^"]*)"/.exec(attributes)?.[1] ?? "");
}

function fromClasses(element: string, attributes: string, rules: Map<string, Style>): Style {
  const classes = / class="([^"]*)"/.exec(attributes)?.[1]?.split(" ") ?? [];
  const selectors = [element, ...classes.map((name) => `.${name}`)];
  return Object.assign({}, ...selectors.map((selector) => rules.get(selector) ?? {}));
}

function darkRules(html: string): Map<string, Style> {
  const rules = new Map<string, Style>();
  const query = /@media \(prefers-color-scheme: dark\) \{([^]*?)\n\}/.exec(html)?.[1] ?? "";
  for (const [, selectors = "", body = ""] of query.matchAll(/([^{}]+)\{([^}]*)\}/g)) {
    for (const selector of selectors.split(",").map((name) => name.trim())) {
      rules.set(selector, { ...rules.get(selector), ...declarations(body) });
    }
  }
  return rules;
}

function declarations(text: string): Style {
  return Object.fromEntries(
    text.split(";").filter((part) => part.includes(":")).map((part) => {
      const at = part.indexOf(":");
      const value = part.slice(at + 1).replace("!important", "");
      return [part.slice(0, at).trim(), value.trim()];
    }),
  );
}
