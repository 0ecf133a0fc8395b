/**
 * Globs for user IDs, as in the configuration's lists of people.
 *
 * @module
 */

/** Whether a text matches the whole glob. */
export type Glob = (text: string) => boolean;

/**
 * Compiles a glob: `*` matches any characters or none, `?` exactly one, everything else itself, and
 * the whole text must match. Characters are Unicode code points, and case matters, as in user IDs.
 *
 * The number of steps is at most the product of both lengths: unlike a regular expression, no glob
 * can make it slow.
 */
export function compileGlob(glob: string): Glob {
  // Several asterisks mean the same as one.
  const pattern = [...glob.replace(/\*+/g, "*")];
  return (text) => matches(pattern, [...text]);
}

/** Whether a text matches one of the globs. */
export function matchesAny(globs: readonly Glob[], text: string): boolean {
  return globs.some((glob) => glob(text));
}

function matches(pattern: readonly string[], text: readonly string[]): boolean {
  let at = 0; // in the text
  let next = 0; // in the pattern
  // Only the last asterisk may have to match more: an earlier one matches as little as possible,
  // which leaves the most for the rest.
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
