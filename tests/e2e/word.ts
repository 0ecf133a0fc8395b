/**
 * What Outlook on Windows, which shows mails with Word, makes of their HTML.
 *
 * @module
 */

/**
 * The HTML as Word reads it: with what conditional comments hold for it, without media queries, and
 * without the properties that it ignores (padding and inline blocks outside of cells, margins of
 * tables, widths that are limits, round corners, breaks inside words).
 */
export function asWordReads(html: string): string {
  return html
    .replace(/<!--\[if mso\]>([^]*?)<!\[endif\]-->/g, "$1")
    .replace(
      /<style>([^]*?)<\/style>/g,
      (_, rules: string) => `<style>${withoutMedia(rules)}</style>`,
    )
    .replace(/<([a-z][a-z0-9]*)\b([^>]*?) style="([^"]*)"/g, (_, element, before, style) => {
      const kept = String(style).split(";").filter((part) => part !== "" && isRead(element, part));
      return `<${element}${before} style="${kept.join(";")}"`;
    });
}

const NEVER_READ =
  /^(?:max-width|max-height|overflow|overflow-wrap|word-break|border-radius|opacity)$/;
const CELLS = ["td", "th"];

function isRead(element: string, declaration: string): boolean {
  const name = declaration.slice(0, declaration.indexOf(":")).trim();
  if (NEVER_READ.test(name) || /^\S+-inline(?:-|$)/.test(name)) return false;
  if (name.startsWith("padding")) return CELLS.includes(element);
  if (name.startsWith("margin") && element === "table") return false;
  // It hides what is not to be displayed, by its own property.
  return name !== "display" || declaration.endsWith("none");
}

// At-rules have blocks of blocks.
function withoutMedia(rules: string): string {
  return rules.replace(/@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}/g, "");
}
