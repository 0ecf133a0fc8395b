/**
 * The kinds of values that a configuration is made of, as zod schemas. A section's schema is put
 * together from these, so that every key reads numbers, switches, durations and secrets alike.
 *
 * They take what the YAML reader hands over, a {@linkcode Scalar} for each scalar, and plain values
 * as well, which is what tests write.
 *
 * @module
 */

import { z } from "zod";
import { type Limit, parseDuration, parseLimit } from "./duration.ts";
import { type EmailAddress, parseEmailAddress } from "./email_address.ts";
import { Secret } from "./secret.ts";

/** Where a value was written, and so what its relative paths and secrets refer to. */
export interface Origin {
  /** A path as the value means it, made absolute; `style` tells an old key of mxisd from ours. */
  resolve(path: string, style: PathStyle): string;
  /** The text of a secret's file; it throws an error whose message says what is wrong. */
  readSecret(path: string): string;
  /** A variable of the environment, `undefined` when it is not set. */
  env(name: string): string | undefined;
}

/**
 * What a relative path is relative to: keys that mxisd had start at the working directory
 * (`mxisd`), keys that are new start at the configuration's folder (`folder`).
 */
export type PathStyle = "mxisd" | "folder";

/** A scalar of the configuration: its value, and the text that stands in the file. */
export class Scalar {
  /** Holds what YAML makes of the text, the text itself, and where it was written. */
  constructor(
    readonly value: string | number | bigint | boolean,
    readonly source: string,
    readonly origin: Origin,
  ) {}
}

/** Text. A number or a boolean is taken as it is written, so that `0123456` is a password. */
export function text(): z.ZodType<string> {
  return z.preprocess(written, z.string("expected text"));
}

/** Text that is not empty. */
export function filledText(): z.ZodType<string> {
  return z.preprocess(written, z.string("expected text").min(1, "is empty"));
}

/** `true` or `false`; `yes`, `no`, `on` and `off` as well, as YAML 1.1 had them. */
export function flag(): z.ZodType<boolean> {
  return z.preprocess((input) => {
    const value = plain(input);
    if (typeof value !== "string") return value;
    const word = value.toLowerCase();
    if (["true", "yes", "on"].includes(word)) return true;
    return ["false", "no", "off"].includes(word) ? false : value;
  }, z.boolean("expected true or false"));
}

/** A whole number from `least` to `most`; digits in quotes are one, too. */
export function integer(least: number, most: number): z.ZodType<number> {
  const range = `expected a whole number from ${least} to ${most}`;
  return z.preprocess((input) => {
    const value = plain(input);
    return typeof value === "string" && /^[+-]?[0-9]{1,15}$/.test(value) ? Number(value) : value;
  }, z.int(range).min(least, range).max(most, range));
}

/** A duration such as `0`, `90s`, `2m`, `24h` or `7d`, in milliseconds. */
export function duration(): z.ZodType<number> {
  return parsed(parseDuration, "expected a duration such as 0, 90s, 2m, 24h or 7d");
}

/** A limit such as `20/day`, or `null` for `off`. */
export function limit(): z.ZodType<Limit | null> {
  return parsed((value) => {
    // YAML 1.1 reads a bare `off` as false, and so may the file's other tools.
    return parseLimit(value === "false" ? "off" : value);
  }, "expected a limit such as 20/day, 60/hour, 5/minute or off");
}

/** A mail address. */
export function emailAddress(): z.ZodType<EmailAddress> {
  return parsed(parseEmailAddress, "expected a mail address such as matrix@example.org");
}

/** An `http` or `https` URL without user, query or fragment; its trailing slashes are dropped. */
export function httpUrl(): z.ZodType<string> {
  return parsed((value) => {
    const url = URL.parse(value);
    if (!url || !/^https?:$/.test(url.protocol)) return undefined;
    if (url.username || url.password || url.search || url.hash) return undefined;
    return url.href.replace(/\/+$/, "");
  }, "expected a URL such as http://localhost:8008, with nothing after the path");
}

/** A path, made absolute. */
export function path(style: PathStyle): z.ZodType<string> {
  return z.preprocess((input) => {
    const value = written(input);
    if (!(input instanceof Scalar) || typeof value !== "string" || value === "") return value;
    return input.origin.resolve(value, style);
  }, z.string("expected a path").min(1, "is empty"));
}

/** One of some words. */
export function choice<const Word extends string>(words: readonly Word[]): z.ZodType<Word> {
  return z.preprocess(written, z.enum(words, `expected one of ${words.join(", ")}`));
}

/**
 * A secret: text, `{ file: path }` or `{ env: MXISD_NAME }`. One trailing line break of a file is
 * dropped; a file's path is relative to the configuration's folder.
 */
export function secret(): z.ZodType<Secret> {
  const reference = z.union([
    z.string(),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ env: z.string().regex(SECRET_VARIABLE) }),
  ], "expected text, { file: path } or { env: MXISD_NAME }");
  return z.preprocess((input, context) => {
    if (input instanceof Secret) return input.reveal();
    const [kind, name, ...others] = Object.entries(input ?? {}).flat();
    if (input instanceof Scalar || !(name instanceof Scalar) || others.length > 0) {
      return written(input);
    }
    try {
      return readSecret(kind, name) ?? { [kind]: written(name) };
    } catch (error) {
      context.addIssue({ code: "custom", message: error instanceof Error ? error.message : "" });
      return "";
    }
  }, reference).transform((value) => new Secret(typeof value === "string" ? value : ""));
}

// The executable may read no other variables of the environment.
const SECRET_VARIABLE = /^MXISD_[A-Z0-9_]+$/;

function readSecret(kind: string, name: Scalar): string | undefined {
  const value = written(name);
  if (typeof value !== "string" || value === "") return undefined;
  if (kind === "file") return name.origin.readSecret(value).replace(/\r?\n$/, "");
  if (kind !== "env" || !SECRET_VARIABLE.test(value)) return undefined;
  const content = name.origin.env(value);
  if (content === undefined) throw new Error(`the variable ${value} is not set`);
  return content;
}

/** Text that a function turns into a value, or refuses with `undefined`. */
export function parsed<Value>(
  parse: (text: string) => Value | undefined,
  expected: string,
): z.ZodType<Value> {
  return z.preprocess(written, z.string(expected)).transform((value, context) => {
    const result = parse(value);
    if (result === undefined) {
      context.addIssue({ code: "custom", message: expected, input: value });
      return z.NEVER;
    }
    return result;
  });
}

function plain(input: unknown): unknown {
  return input instanceof Scalar ? input.value : input;
}

function written(input: unknown): unknown {
  if (input instanceof Scalar) return typeof input.value === "string" ? input.value : input.source;
  return typeof input === "number" || typeof input === "boolean" ? String(input) : input;
}
