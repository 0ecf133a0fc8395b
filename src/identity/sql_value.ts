/**
 * What stands in the columns of a row.
 *
 * @module
 */

import type { Row } from "./sql_port.ts";

/** The value of a column as text: empty for NULL; bytes are taken for UTF-8. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  const isScalar = ["number", "bigint", "boolean"].includes(typeof value);
  return isScalar ? String(value) : "";
}

/** The first column as text, and so empty when there is no row. */
export function firstColumn(row: Row | undefined): string {
  return textOf(Object.values(row ?? {})[0]);
}

/** The column of that name, whatever the case in which the database returns names. */
export function columnOf(row: Row, name: string): unknown {
  if (name in row) return row[name];
  const entry = Object.entries(row).find(([key]) => key.toLowerCase() === name);
  return entry?.[1];
}
