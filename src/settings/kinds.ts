/**
 * The kinds of settings, as zod schemas: sections are composed of them, so that all keys accept
 * numbers, switches, durations and secrets in the same notations.
 *
 * They accept a {@linkcode Scalar} of the YAML reader, and plain values, which tests use.
 *
 * @module
 */

import { z } from "zod";
import { type EmailAddress, parseEmailAddress } from "../domain/email_address.ts";
import { parseLanguageTag } from "../domain/language.ts";
import { quoted } from "../text/printable.ts";
import { ConnectionString, namesServer } from "./connection_string.ts";
import {
  formatDuration,
  formatLimit,
  type Limit,
  MINUTE,
  parseDuration,
  parseLimit,
  SECOND,
} from "./duration.ts";
import { plainValue } from "./plain_value.ts";
import { notation, type Origin, type PathStyle, Scalar, textOf, valueOf } from "./scalar.ts";
import { REDACTED, Secret } from "./secret.ts";

/** Text. A number or a boolean is taken as it is written, so that `0123456` is a password. */
export function text(): z.ZodType<string> {
  return z.preprocess(textOf, z.string(expected("text")));
}

/** Text that is not empty. */
export function filledText(): z.ZodType<string> {
  return z.preprocess(
    textOf,
    z.string(expected("text")).min(1, "is empty: write a value, or remove the key"),
  );
}

/** `true` or `false`; `yes`, `no`, `on` and `off` as well, as YAML 1.1 had them. */
export function flag(): z.ZodType<boolean> {
  return z.preprocess((input) => {
    const value = valueOf(input);
    if (typeof value !== "string") return value;
    const word = value.toLowerCase();
    if (["true", "yes", "on"].includes(word)) return true;
    return ["false", "no", "off"].includes(word) ? false : value;
  }, z.boolean(expected("true or false")));
}

/** A whole number from `min` to `max`; it may be in quotes. */
export function integer(min: number, max: number): z.ZodType<number> {
  const range = expected(`a whole number from ${min} to ${max}`);
  return z.preprocess((input) => {
    const value = valueOf(input);
    return typeof value === "string" && /^[+-]?[0-9]{1,15}$/.test(value) ? Number(value) : value;
  }, z.int(range).min(min, range).max(max, range));
}

/** A duration such as `0`, `90s`, `2m`, `24h` or `7d`, in milliseconds. */
export function duration(): z.ZodType<number> {
  return parsed(parseDuration, "a duration such as 0, 90s, 2m, 24h or 7d")
    .register(notation, { write: (value) => formatDuration(Number(value)) });
}

/** A duration of more than 0, or `null` for `off`. */
export function durationOrOff(): z.ZodType<number | null> {
  return parsed((value) => {
    // YAML 1.1 reads an unquoted `off` as false, as other tools for the file may.
    return ["off", "false"].includes(value) ? null : parseDuration(value) || undefined;
  }, "a duration such as 90s, 2m, 24h or 7d, or off")
    .register(notation, {
      write: (value) => value === null ? "off" : formatDuration(Number(value)),
    });
}

/** A duration between two others, in milliseconds. */
export function durationWithin(min: number, max: number): z.ZodType<number> {
  return duration().refine(
    (time) => time >= min && time <= max,
    `expected a duration from ${formatDuration(min)} to ${formatDuration(max)}`,
  );
}

/** The default deadline of a lookup in an identity store. */
export const DEFAULT_LOOKUP_TIMEOUT_MS: number = 10 * SECOND;

/**
 * The longest deadline of a lookup. Invitee and inviter are looked up one after the other, both within
 * the lease of an invitation.
 */
export const MAX_LOOKUP_TIMEOUT_MS: number = 5 * MINUTE;

/** The deadline of a lookup in an identity store, in milliseconds. */
export function lookupTimeout(): z.ZodDefault<z.ZodType<number>> {
  return durationWithin(1, MAX_LOOKUP_TIMEOUT_MS).default(DEFAULT_LOOKUP_TIMEOUT_MS);
}

/** A limit such as `20/day`, or `null` for `off`. */
export function limit(): z.ZodType<Limit | null> {
  return parsed((value) => {
    // YAML 1.1 reads an unquoted `off` as false, as other tools for the file may.
    return parseLimit(value === "false" ? "off" : value);
  }, "a limit such as 20/day, 60/hour, 5/minute or off")
    .register(notation, { write: (value) => formatLimit(value as Limit | null) });
}

/** A share such as `50%`, from 0 to 1. */
export function share(): z.ZodType<number> {
  return parsed((value) => {
    const match = /^([0-9]{1,3})%$/.exec(value);
    const percent = Number(match?.[1] ?? NaN);
    return percent <= 100 ? percent / 100 : undefined;
  }, "a share from 0% to 100%")
    .register(notation, { write: (value) => `${Math.round(Number(value) * 100)}%` });
}

/** A language tag (BCP 47) in its canonical spelling. */
export function languageTag(): z.ZodType<string> {
  return parsed(parseLanguageTag, "a language such as de or pt-BR");
}

/** An email address. */
export function emailAddress(): z.ZodType<EmailAddress> {
  return parsed(parseEmailAddress, "an email address such as matrix@example.org");
}

/** An `http` or `https` URL without user, query or fragment; trailing slashes are removed. */
export function httpUrl(example = "http://localhost:8008"): z.ZodType<string> {
  return plainValue(parsed(
    (value) => {
      const url = URL.parse(value);
      if (!url || !/^https?:$/.test(url.protocol)) return undefined;
      if (url.username || url.password || url.search || url.hash) return undefined;
      return url.href.replace(/\/+$/, "");
    },
    `a URL such as ${example}, with nothing after the path`,
    { repeat: false }, // it may contain a password
  ));
}

/** A path, made absolute. */
export function path(style: PathStyle): z.ZodType<string> {
  return z.preprocess((input) => {
    const value = textOf(input);
    if (!(input instanceof Scalar) || typeof value !== "string" || value === "") return value;
    return input.origin.resolve(value, style);
  }, z.string(expected("a path")).min(1, "is empty: write a path, or remove the key"));
}

/** One of several words. */
export function choice<const Word extends string>(words: readonly Word[]): z.ZodType<Word> {
  return z.preprocess(textOf, z.enum(words, expected(`one of ${words.join(", ")}`)));
}

/**
 * A secret: text, `{ file: path }` or `{ env: MXISD_NAME }`. One line break at the end of a file is
 * removed; a file's path is relative to the configuration's folder.
 */
export function secret(): z.ZodType<Secret> {
  return hidden((value) => new Secret(value)).register(notation, { write: () => REDACTED });
}

/** A secret that is not empty. */
export function filledSecret(): z.ZodType<Secret> {
  return secret().refine(
    (value) => value.reveal() !== "",
    "is empty: write it, or remove the key",
  );
}

/**
 * The connection to a database: a path, which is relative to the working directory as in mxisd, or
 * `//host:port/database?user=..&password=..`. Like a secret it may be in a file or a variable.
 */
export function connectionString(): z.ZodType<ConnectionString> {
  return hidden((value) => new ConnectionString(value), (value, origin) => {
    return value === "" || namesServer(value) ? value : origin.resolve(value, "mxisd");
  }).register(notation, { write: String });
}

// The executable is not permitted to read other environment variables.
const SECRET_VARIABLE = /^MXISD_[A-Z0-9_]+$/;

const HIDDEN = "expected text, { file: path } or { env: MXISD_NAME }";

// Text that is not repeated in messages, or a reference to it.
function hidden<Value>(
  make: (value: string) => Value,
  resolve: (value: string, origin: Origin) => string = (value) => value,
): z.ZodType<Value> {
  const shape = z.union([
    z.string(),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ env: z.string().regex(SECRET_VARIABLE) }),
  ], HIDDEN);
  return z.preprocess((input, context) => {
    if (input instanceof Secret || input instanceof ConnectionString) return input.reveal();
    try {
      const value = isReference(input) ? referenced(input) : textOf(input);
      return input instanceof Scalar && typeof value === "string"
        ? resolve(value, input.origin)
        : value;
    } catch (error) {
      context.addIssue({
        code: "custom",
        message: error instanceof Error ? error.message : HIDDEN,
      });
      return z.NEVER;
    }
  }, shape).transform((value, context) => {
    if (typeof value === "string") return make(value);
    context.addIssue({ code: "custom", message: HIDDEN });
    return z.NEVER;
  });
}

function isReference(input: unknown): input is object {
  return typeof input === "object" && input !== null && !(input instanceof Scalar);
}

function referenced(reference: object): unknown {
  const [[kind, name] = [], ...others] = Object.entries(reference);
  const value = textOf(name);
  if (!(name instanceof Scalar) || others.length > 0 || typeof value !== "string") return reference;
  if (kind === "file" && value !== "") {
    return name.origin.readSecret(value).replace(/\r?\n$/, "");
  }
  if (kind !== "env") return reference;
  if (!SECRET_VARIABLE.test(value)) {
    throw new Error(`${quoted(value)} cannot be read: the variable's name must begin with MXISD_`);
  }
  const content = name.origin.env(value);
  if (content === undefined) throw new Error(`the environment variable ${value} is not set`);
  return content;
}

/**
 * Text that a function parses, or refuses with `undefined`. The message then says what was expected
 * (`what`, such as "a colour"), and repeats the text unless it may contain a secret.
 */
export function parsed<Value>(
  parse: (text: string) => Value | undefined,
  what: string,
  options: { readonly repeat: boolean } = { repeat: true },
): z.ZodType<Value> {
  return z.preprocess(textOf, z.string(expected(what))).transform((value, context) => {
    const result = parse(value);
    if (result === undefined) {
      const message = options.repeat || value === "" ? mismatch(what, value) : `expected ${what}`;
      context.addIssue({ code: "custom", message, input: value });
      return z.NEVER;
    }
    return result;
  });
}

/** The message for a value that is not what was expected; it repeats the value. */
export function mismatch(what: string, input: unknown): string {
  if (input === "") return `is empty: expected ${what}`;
  if (input === undefined) return `is missing: expected ${what}`;
  if (Array.isArray(input)) return `expected ${what}, not a list`;
  if (typeof input === "object") return `expected ${what}, not keys below it`;
  return `expected ${what}, not ${typeof input === "string" ? quoted(input) : input}`;
}

function expected(what: string): { error: (issue: { readonly input?: unknown }) => string } {
  return { error: (issue) => mismatch(what, issue.input) };
}
