/**
 * Prints settings as a configuration.
 *
 * @module
 */

import { stringify } from "yaml";
import { notation } from "../../settings/scalar.ts";
import {
  type Settings,
  settingsSchema,
  type StoreName,
  storeSections,
} from "../sections/settings.ts";
import { itemOf, keysOf, outermost, type Schema } from "./walk.ts";

/**
 * The settings as YAML that loads to the same settings again, except for secrets, which are
 * `[redacted]`. The identity stores are in the given order.
 */
export function dumpSettings(settings: Settings, storesInOrder: readonly StoreName[]): string {
  const names = Object.keys(settings) as (keyof Settings)[];
  const others = names.filter((name) => !(storesInOrder as readonly string[]).includes(name));
  const firstStore = others.findIndex((name) => name in storeSections);
  const index = firstStore < 0 ? others.length : firstStore;
  const order = [...others.slice(0, index), ...storesInOrder, ...others.slice(index)];
  return stringify(
    Object.fromEntries(
      order.map((name) => [name, asWritten(settingsSchema.shape[name], settings[name])]),
    ),
    { lineWidth: 0 },
  );
}

function asWritten(schema: Schema, value: unknown): unknown {
  const write = outermost(schema, (inner) => notation.get(inner)?.write);
  if (write && value !== undefined) return write(value);
  const keys = keysOf(schema);
  if (keys && typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).filter(([, child]) => child !== undefined).map(([name, child]) => {
        return [name, keys[name] ? asWritten(keys[name], child) : child];
      }),
    );
  }
  const item = itemOf(schema);
  if (item && Array.isArray(value)) return value.map((child) => asWritten(item, child));
  if (item && typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, child]) => [name, asWritten(item, child)]),
    );
  }
  return value;
}
