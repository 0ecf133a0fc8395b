/**
 * Matches entries against search filters, as a directory that ignores case and blanks.
 *
 * @module
 */

import {
  AndFilter,
  EqualityFilter,
  type Filter,
  NotFilter,
  OrFilter,
  PresenceFilter,
} from "ldapts";

type Attributes = Readonly<Record<string, readonly (string | Uint8Array)[]>>;

/** Whether an entry matches. Filters that no test uses are refused. */
export function matchesFilter(filter: Filter, attributes: Attributes): boolean {
  if (filter instanceof AndFilter) {
    return filter.filters.every((inner) => matchesFilter(inner, attributes));
  }
  if (filter instanceof OrFilter) {
    return filter.filters.some((inner) => matchesFilter(inner, attributes));
  }
  if (filter instanceof NotFilter) return !matchesFilter(filter.filter, attributes);
  if (filter instanceof PresenceFilter) return valuesOf(attributes, filter.attribute).length > 0;
  if (filter instanceof EqualityFilter) {
    const wanted = fold(String(filter.value));
    return valuesOf(attributes, filter.attribute).some((value) => fold(value) === wanted);
  }
  throw new TypeError(`Cannot match ${filter.constructor.name}`);
}

function valuesOf(attributes: Attributes, wanted: string): string[] {
  return Object.entries(attributes).flatMap(([name, values]) =>
    name.toLowerCase() === wanted.toLowerCase() ? values.map(String) : []
  );
}

function fold(value: string): string {
  return value.trim().toLowerCase();
}
