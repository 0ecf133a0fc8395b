/**
 * Reads the values of a row.
 *
 * @module
 */

import { StoreError } from "../port.ts";
import type { Threepid } from "../raw_profile.ts";
import type { Row } from "./port.ts";

/** The value of a column as text: empty for NULL; bytes are decoded as UTF-8. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  const isScalar = ["number", "bigint", "boolean"].includes(typeof value);
  return isScalar ? String(value) : "";
}

/** The value of a column with an address: its text, or what is no text as it is. */
export function addressOf(value: unknown): unknown {
  return textOf(value) || value;
}

/** The first column as text; empty without a row. */
export function firstColumn(row: Row | undefined): string {
  return textOf(Object.values(row ?? {})[0]);
}

/**
 * Reads a row of a query for medium and address: the columns of these names, otherwise the first ones.
 *
 * @throws {StoreError} `misconfigured`, if there are fewer than two columns.
 */
export function threepidOf(store: string, row: Row): Threepid {
  const columns = Object.entries(row);
  const named = (name: string) => columns.find(([key]) => key.toLowerCase() === name);
  const others = columns.filter((column) =>
    column !== named("medium") && column !== named("address")
  );
  const medium = named("medium") ?? others.shift();
  const address = named("address") ?? others.shift();
  if (medium === undefined || address === undefined) {
    const reason = "the query for threepids must return the columns medium and address";
    throw new StoreError(store, "misconfigured", reason);
  }
  return { medium: textOf(medium[1]), address: addressOf(address[1]) };
}
