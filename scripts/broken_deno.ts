/**
 * Names the versions of Deno that executables must not be made with.
 *
 * @module
 */

// The HTTP server of these ends the connection after each request that is larger than about 500 bytes
// (https://github.com/denoland/deno/issues/36657), and cannot read on once it has answered
// (https://github.com/denoland/deno/issues/36624).
const FIRST_BROKEN = [2, 8, 3];
const FIRST_MENDED = [2, 9, 6];

/** Why executables must not be made with a version of Deno, and what to do; `undefined` if they may. */
export function whyBroken(version: string): string | undefined {
  const numbers = version.split(/[-+]/, 1)[0]?.split(".").map(Number) ?? [];
  const isBroken = compare(numbers, FIRST_BROKEN) >= 0 && compare(numbers, FIRST_MENDED) < 0;
  if (!isBroken) return undefined;
  return `Deno ${version} must not be used: the HTTP server of Deno 2.8.3 to 2.9.5 ends the ` +
    "homeserver's connection after each transaction, and cannot read the rest of a body that it has " +
    "refused. Use Deno 2.9.6, for instance: npx -y deno@2.9.6 task compile";
}

function compare(one: readonly number[], other: readonly number[]): number {
  const differences = other.map((number, index) => (one[index] ?? 0) - number);
  return differences.find((difference) => difference !== 0) ?? 0;
}
