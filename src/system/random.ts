/**
 * Randomness, passed in rather than taken from the machine, so that tests decide what it gives.
 *
 * @module
 */

/** So many bytes that nobody can guess. */
export type RandomBytes = (count: number) => Uint8Array<ArrayBuffer>;

/** The machine's own randomness. */
export function systemRandom(count: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(count));
}
