/**
 * Numbers that look random and are the same for the same seed, so that a campaign can be repeated.
 *
 * @module
 */

/** Returns numbers from 0 (inclusive) to 1 (exclusive): the generator mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of a list. */
export function choose<Item>(random: () => number, list: readonly Item[]): Item {
  const item = list[Math.floor(random() * list.length)];
  if (item === undefined) throw new RangeError("nothing to choose from");
  return item;
}

/** The list in another order (the Fisher-Yates shuffle). */
export function shuffled<Item>(random: () => number, list: readonly Item[]): readonly Item[] {
  const rest = [...list];
  return list.map(() => rest.splice(Math.floor(random() * rest.length), 1)).flat();
}
