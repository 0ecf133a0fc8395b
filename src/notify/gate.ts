/**
 * Lets one at a time through.
 *
 * @module
 */

/** A gate. */
export interface Gate {
  /** Passes until the result is disposed of; `undefined` while somebody else passes. */
  enter(): Disposable | undefined;
}

/** Opens a gate. */
export function openGate(): Gate {
  let taken = false;
  return {
    enter() {
      if (taken) return undefined;
      taken = true;
      return {
        [Symbol.dispose]() {
          taken = false;
        },
      };
    },
  };
}
