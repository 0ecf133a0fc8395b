/**
 * Secrets that are never printed.
 *
 * @module
 */

/** Printed instead of a secret. */
export const REDACTED = "[redacted]";

/** A password, token or key. Converting it to text gives `[redacted]`. */
export class Secret {
  readonly #value: string;

  /** Takes the secret itself. */
  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself, for the code that uses it. */
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
