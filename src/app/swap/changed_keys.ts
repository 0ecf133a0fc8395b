/**
 * Compares new settings with those that the service runs with.
 *
 * @module
 */

import type { Settings } from "../../config/sections/settings.ts";
import { SecretText } from "../../settings/secret.ts";

/**
 * The keys that are read at the start alone: what they are about stays open as long as the service runs,
 * or what is stored depends on them.
 */
export const START_KEYS: readonly string[] = [
  // Where the service listens, and what the registration says, which is written at the start.
  "appsvc.endpoint.toAS.url",
  "appsvc.user",
  "appsvc.registration",
  "server.host",
  "server.port",
  "server.metrics",
  "server.reload",
  "storage.backend",
  "storage.provider",
  "monitoring",
  // Stored hashes and links are made with it.
  "notify.secret",
  // Waiting emails are put together, or taken apart, at the start.
  "notify.digest",
  // A thread reads the folder, with permissions of its own.
  "notify.bounces.domain",
  "notify.bounces.folder",
];

/** New settings, as far as they take effect while the service runs. */
export interface Renewed {
  /** The new ones, with the present values of {@linkcode START_KEYS}. */
  readonly settings: Settings;
  /** The keys that take effect now. */
  readonly changed: readonly string[];
  /** The keys that take effect when the service is started again. */
  readonly atStart: readonly string[];
}

/** Renews the present settings by new ones. */
export function renew(present: Settings, next: Settings): Renewed {
  const all = changedKeys(present, next);
  const atStart = all.filter((key) => startKeyOf(key) !== undefined);
  const settings = START_KEYS.reduce(
    (renewed, key) => withValue(renewed, key.split("."), present) as Settings,
    next,
  );
  return { settings, changed: all.filter((key) => !atStart.includes(key)), atStart };
}

function startKeyOf(key: string): string | undefined {
  return START_KEYS.find((start) => key === start || key.startsWith(`${start}.`));
}

/** The dotted keys of all values that differ, lists as a whole; secrets are compared as well. */
export function changedKeys(one: unknown, other: unknown, key = ""): readonly string[] {
  if (isObject(one) && isObject(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].flatMap((name) =>
      changedKeys(one[name], other[name], key === "" ? name : `${key}.${name}`)
    );
  }
  return isSame(one, other) ? [] : [key];
}

function isSame(one: unknown, other: unknown): boolean {
  if (one instanceof SecretText && other instanceof SecretText) {
    return one.reveal() === other.reveal();
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]));
  }
  if (isObject(one) && isObject(other)) return changedKeys(one, other).length === 0;
  return Object.is(one, other);
}

type PlainObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof SecretText);
}

// A copy of the object in which one value is as in the source.
function withValue(
  object: unknown,
  [name = "", ...rest]: readonly string[],
  source: unknown,
): unknown {
  if (!isObject(object) || !isObject(source)) return object;
  const value = rest.length === 0 ? source[name] : withValue(object[name], rest, source[name]);
  return { ...object, [name]: value };
}
