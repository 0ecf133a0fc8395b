/**
 * Finds the placeholders `?` of queries outside strings, names and comments.
 *
 * @module
 */

import type { DatabaseType } from "./port.ts";

// Text without placeholders. Without its closing sign it reaches to the end.
const STRING = /'(?:[^']|'')*(?:'|$)/;
const NAME = /"(?:[^"]|"")*(?:"|$)/;
const ESCAPING_STRING = /'(?:[^'\\]|\\[\s\S])*(?:'|$)/;
const ESCAPING_NAME = /"(?:[^"\\]|\\[\s\S])*(?:"|$)/;
const BACKTICKS = /`(?:[^`]|``)*(?:`|$)/;
const BRACKETS = /\[[^\]]*(?:\]|$)/;
const DASHES = /--[^\n]*/;
const DASHES_AND_BLANK = /--(?=\s|$)[^\n]*/;
const HASH = /#[^\n]*/;
const COMMENT = /\/\*[\s\S]*?(?:\*\/|$)/;
const E_STRING = /(?<![\w$])[eE]'(?:[^'\\]|\\[\s\S])*(?:'|$)/;
const DOLLARS =
  /(?<![\w$])\$((?:[A-Za-z_\u0080-\uFFFF][\w\u0080-\uFFFF]*)?)\$[\s\S]*?(?:\$\1\$|$(?![\s\S]))/;
// As in JDBC, for the operator ? of PostgreSQL.
const DOUBLE_MARK = /\?\?/;

const MYSQL = [ESCAPING_STRING, ESCAPING_NAME, BACKTICKS, DASHES_AND_BLANK, HASH, COMMENT];

// The expression for dollars counts its groups from 1: it stands first.
const OPAQUE: Readonly<Record<DatabaseType, RegExp>> = {
  postgresql: sticky([DOLLARS, E_STRING, STRING, NAME, DASHES, DOUBLE_MARK]),
  sqlite: sticky([STRING, NAME, BACKTICKS, BRACKETS, DASHES, COMMENT]),
  mysql: sticky(MYSQL),
  mariadb: sticky(MYSQL),
};

function sticky(parts: readonly RegExp[]): RegExp {
  return new RegExp(parts.map(({ source }) => source).join("|"), "y");
}

/** The number of a query's placeholders. */
export function countPlaceholders(sql: string, type: DatabaseType): number {
  return pieces(sql, type).filter((piece) => piece === "?").length;
}

/**
 * Replaces each `?` by `$1`, `$2` and so on, as PostgreSQL requires. As in JDBC, `??` becomes the
 * operator `?`.
 */
export function numberPlaceholders(sql: string): string {
  let number = 0;
  return pieces(sql, "postgresql").map((piece) => {
    if (piece === "??") return "?";
    return piece === "?" ? `$${++number}` : piece;
  }).join("");
}

// Each string, name or comment is one piece, and so is every other character.
function pieces(sql: string, type: DatabaseType): string[] {
  const found: string[] = [];
  for (let at = 0; at < sql.length; at += found.at(-1)?.length ?? 1) {
    const opaque = OPAQUE[type];
    opaque.lastIndex = at;
    const nests = type === "postgresql" && sql.startsWith("/*", at);
    found.push(nests ? nestedComment(sql, at) : opaque.exec(sql)?.[0] ?? sql.charAt(at));
  }
  return found;
}

function nestedComment(sql: string, start: number): string {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return sql.slice(start, marks.lastIndex);
  }
  return sql.slice(start);
}
