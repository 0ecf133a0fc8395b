/**
 * Random bytes. Their source is passed in, so that tests control it.
 *
 * @module
 */

/** Returns a number of unpredictable bytes. */
export type RandomBytes = (count: number) => Uint8Array<ArrayBuffer>;

/** The machine's cryptographic random generator. */
export function systemRandom(count: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(count));
}
