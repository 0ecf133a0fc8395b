/**
 * Randomness, passed in rather than taken from the machine, so that tests decide what it gives.
 *
 * @module
 */

/** So many bytes that nobody can guess. */
export type RandomBytes = (count: number) => Uint8Array<ArrayBuffer>;

/** The machine's own randomness. */
export const systemRandom: RandomBytes = (count) => crypto.getRandomValues(new Uint8Array(count));
