/**
 * Secrets that are never printed.
 *
 * @module
 */

/** Printed instead of a secret. */
export const REDACTED = "[redacted]";

/** A text with a secret in it. Converting it to text gives what may be shown of it. */
export abstract class SecretText {
  readonly #value: string;

  /** Takes the whole text. */
  constructor(value: string) {
    this.#value = value;
  }

  /** The whole text with its secrets, for the code that uses them. */
  reveal(): string {
    return this.#value;
  }

  /** What may be shown. */
  abstract toString(): string;

  /** What may be shown. */
  toJSON(): string {
    return this.toString();
  }

  /** What may be shown, for `Deno.inspect`. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** What may be shown, for `node:util`. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** A password, token or key. Converting it to text gives `[redacted]`. */
export class Secret extends SecretText {
  /** `[redacted]`. */
  override toString(): string {
    return REDACTED;
  }
}
