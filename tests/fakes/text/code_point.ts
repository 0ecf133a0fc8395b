import fc from "fast-check";

const SURROGATES = 0xd800;
const SURROGATE_COUNT = 0x800;

/**
 * Any Unicode character but a surrogate, as the unit of `fc.string()`.
 *
 * It is fast-check's "binary", but does not fill a table of 1.1 million characters first, which
 * takes each test file more than a second.
 */
export const codePoint: fc.Arbitrary<string> = fc.nat({ max: 0x10ffff - SURROGATE_COUNT }).map(
  (index) => String.fromCodePoint(index < SURROGATES ? index : index + SURROGATE_COUNT),
  (value) => {
    const code = typeof value === "string" && value.isWellFormed()
      ? value.codePointAt(0)
      : undefined;
    if (code === undefined || String.fromCodePoint(code) !== value) {
      throw new Error("Expected one character");
    }
    return code < SURROGATES ? code : code - SURROGATE_COUNT;
  },
);
