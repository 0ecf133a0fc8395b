/**
 * Globs over user IDs, as the configuration's lists of people have them.
 *
 * @module
 */

/** Whether a text fits the whole glob. */
export type Glob = (text: string) => boolean;

/**
 * A glob: `*` stands for any characters or none, `?` for exactly one, everything else for itself,
 * and the whole text must fit. A character is a Unicode code point, and case counts, as it does in
 * user IDs.
 *
 * It takes at most as many steps as text and glob have characters, multiplied, and keeps nothing
 * but two positions: no glob makes it slow, as a regular expression could.
 */
export function compileGlob(glob: string): Glob {
  // A run of asterisks says no more than one of them.
  const pattern = [...glob.replace(/\*+/g, "*")];
  return (text) => matches(pattern, [...text]);
}

/** Whether a text fits one of the globs. */
export function matchesAny(globs: readonly Glob[], text: string): boolean {
  return globs.some((glob) => glob(text));
}

function matches(pattern: readonly string[], text: readonly string[]): boolean {
  let at = 0;
  let next = 0;
  // Only the last asterisk may have to take more: what an earlier one takes is the least it can,
  // and that leaves the most to the rest.
  let asterisk = -1;
  let taken = 0;
  while (at < text.length) {
    if (pattern[next] === "*") {
      asterisk = next++;
      taken = at;
    } else if (pattern[next] === "?" || pattern[next] === text[at]) {
      next++;
      at++;
    } else if (asterisk >= 0) {
      next = asterisk + 1;
      at = ++taken;
    } else {
      return false;
    }
  }
  if (pattern[next] === "*") next++;
  return next === pattern.length;
}
