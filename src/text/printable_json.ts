/**
 * Escapes JSON for logs and terminals.
 *
 * @module
 */

/** The same JSON, with all characters but line breaks that have no glyph as escapes, such as `\u009b`. */
export function printableJson(json: string): string {
  return json.replace(
    /[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu,
    (character) => character.split("").map(escapeUnit).join(""),
  );
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
