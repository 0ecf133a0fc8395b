/**
 * How many inputs the tests try that have very many to choose from. `.ci/run` sets TESTS to
 * `thorough`; without it they try fewer, for the sake of those who wait.
 *
 * @module
 */

/** Whether the tests try all that they were made for. */
export const IS_THOROUGH: boolean = Deno.env.get("TESTS") === "thorough";

/** How many inputs a property test makes, of those that a thorough one makes. */
export function runs(thorough: number): { readonly numRuns: number } {
  return { numRuns: IS_THOROUGH ? thorough : Math.ceil(thorough / 5) };
}
