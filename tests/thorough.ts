/**
 * How much the tests try. `.ci/run` sets TESTS to `thorough`; without it, for the sake of those who
 * wait, fewer inputs are tried where there are very many, and of the tests that take long one of each
 * kind is made.
 *
 * @module
 */

/** Whether the tests try all that they were made for. */
// Golden files are rewritten by all tests that have one.
export const IS_THOROUGH: boolean = Deno.env.get("TESTS") === "thorough" ||
  Deno.env.has("UPDATE_GOLDEN");

/** How many inputs a property test makes, of those that a thorough one makes. */
export function runs(thorough: number): { readonly numRuns: number } {
  return { numRuns: IS_THOROUGH ? thorough : Math.ceil(thorough / 5) };
}

/** The rows of a table that are tried: all, or the first so many. */
export function rows<Row>(quick: number, all: readonly Row[]): readonly Row[] {
  return IS_THOROUGH ? all : all.slice(0, quick);
}

/** How many are made of what takes longer the more there are. */
export function howMany(quick: number, thorough: number): number {
  return IS_THOROUGH ? thorough : quick;
}

/** Registers a test that is ignored unless the tests are thorough: a quicker one is of its kind. */
export function thoroughTest(name: string, body: (t: Deno.TestContext) => Promise<void>): void {
  Deno.test({ name, ignore: !IS_THOROUGH, fn: body });
}

/** Registers a test that is ignored unless its row is a quick one, or tests are thorough. */
export function rowTest(isQuick: boolean): typeof thoroughTest {
  return isQuick ? Deno.test : thoroughTest;
}

/** The same where FUZZ_CASES may ask for any number. */
export function cases(thorough: number): { readonly numRuns: number } {
  const asked = Number(Deno.env.get("FUZZ_CASES") ?? 0);
  return asked > 0 ? { numRuns: asked } : runs(thorough);
}
