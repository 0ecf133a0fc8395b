/**
 * Removes secrets from text that others wrote, such as the response of a server that echoes them.
 *
 * @module
 */

import { REDACTED, SecretText } from "./secret.ts";

/**
 * Returns a function that replaces the secrets in a text: as they are, percent-encoded, escaped as in
 * JSON, and in base64, also as a part of what was encoded (`user:password`).
 */
export function redactor(secrets: Iterable<string>): (text: string) => string {
  const forms = [...new Set(secrets)].filter((secret) => secret !== "")
    .flatMap((secret) => [encodedForm(secret), ...base64Forms(secret)])
    // The longest first, so that a secret within another one leaves nothing of that.
    .sort((one, other) => other.length - one.length);
  if (forms.length === 0) return (text) => text;
  const pattern = new RegExp(forms.join("|"), "g");
  return (text) => text.replace(pattern, REDACTED);
}

/** All secrets in settings. Those shorter than `minChars` are left out, as words contain them. */
export function* secretsIn(settings: unknown, minChars: number): Generator<string> {
  if (settings instanceof SecretText) {
    const text = settings.reveal();
    // The path of a database file, and a connection without a password, are shown as they are.
    if (text.length >= minChars && settings.toString() !== text) yield text;
  } else if (typeof settings === "object" && settings !== null) {
    for (const value of Object.values(settings)) yield* secretsIn(value, minChars);
  }
}

// Each character as it is, or as its bytes in percent-encoding.
function encodedForm(secret: string): string {
  const characters = [...secret].map((character) => {
    const percent = [...new TextEncoder().encode(character)]
      .map((byte) => `%${[...hex(byte)].map(eitherCase).join("")}`).join("");
    return `(?:${[percent, ...literals(character)].join("|")})`;
  });
  return characters.join("");
}

function literals(character: string): readonly string[] {
  const literal = RegExp.escape(character);
  if (character === " ") return ["\\+", literal];
  const inJson = JSON.stringify(character).slice(1, -1);
  return inJson === character ? [literal] : [RegExp.escape(inJson), literal];
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

function eitherCase(digit: string): string {
  return /[a-f]/.test(digit) ? `[${digit}${digit.toUpperCase()}]` : digit;
}

// Shorter pieces would be found in text that has nothing to do with the secret.
const MIN_PIECE_CHARS = 6;

// The whole in base64, and the characters that depend on nothing else, when one or two bytes stand
// before it.
function base64Forms(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  const whole = `${pattern(bytes.toBase64({ omitPadding: true }))}={0,2}`;
  const pieces = [0, 1, 2].map((before) => {
    const padded = new Uint8Array(before + bytes.length);
    padded.set(bytes, before);
    const first = Math.ceil(before * 8 / 6);
    const last = Math.floor(padded.length * 8 / 6);
    return padded.toBase64().slice(first, last);
  });
  return [whole, ...pieces.filter((piece) => piece.length >= MIN_PIECE_CHARS).map(pattern)];
}

// In both alphabets (RFC 4648, sections 4 and 5).
function pattern(base64: string): string {
  return base64.replaceAll(/[+/]/g, (character) => character === "+" ? "[+-]" : "[/_]");
}
