/**
 * The scalars of a configuration as they are written in the file, and how settings are written back.
 *
 * @module
 */

import { z } from "zod";

/** Where a value is written, which decides what its relative paths and secrets refer to. */
export interface Origin {
  /** Makes a path absolute. */
  resolve(path: string, style: PathStyle): string;
  /**
   * The text of a secret's file.
   *
   * @throws {Error} When it cannot be read; the message says why.
   */
  readSecret(path: string): string;
  /** A variable of the environment, `undefined` when it is not set. */
  env(name: string): string | undefined;
}

/**
 * What a relative path is relative to: the working directory for keys that mxisd had (`mxisd`), the
 * configuration's folder for keys that are new (`folder`).
 */
export type PathStyle = "mxisd" | "folder";

/** A scalar of the configuration: its value, and its text in the file. */
export class Scalar {
  /** Takes YAML's value, the text it was made of, and where it was written. */
  constructor(
    readonly value: string | number | bigint | boolean,
    readonly source: string,
    readonly origin: Origin,
  ) {}

  /** The text without quotes; a number or a boolean as it is written in the file. */
  get text(): string {
    return typeof this.value === "string" ? this.value : this.source;
  }
}

/** What YAML makes of a scalar; other values are returned as they are. */
export function valueOf(input: unknown): unknown {
  return input instanceof Scalar ? input.value : input;
}

/** The text of a scalar, a number or a boolean; other values are returned as they are. */
export function textOf(input: unknown): unknown {
  if (input instanceof Scalar) return input.text;
  return typeof input === "number" || typeof input === "boolean" ? String(input) : input;
}

/**
 * How `config dump` writes a value, for kinds of settings whose value differs from the text in the
 * configuration.
 */
export const notation = z.registry<{ readonly write: (value: unknown) => string }>();
