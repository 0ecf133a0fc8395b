/**
 * Values that are never printed.
 *
 * @module
 */

/** What is printed in a secret's place. */
export const REDACTED = "[redacted]";

/** A password, token or key. Whatever turns it into text by accident gets `[redacted]`. */
export class Secret {
  readonly #value: string;

  /** Takes the secret itself. */
  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself, for the one place that needs it. */
  reveal(): string {
    return this.#value;
  }

  /** `[redacted]`. */
  toString(): string {
    return REDACTED;
  }

  /** `[redacted]`. */
  toJSON(): string {
    return REDACTED;
  }

  /** `[redacted]`, for `Deno.inspect`. */
  [Symbol.for("Deno.customInspect")](): string {
    return REDACTED;
  }

  /** `[redacted]`, for `node:util`. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}
