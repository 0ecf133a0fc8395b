/**
 * Positions of keys and values in the configuration's text.
 *
 * @module
 */

/** The path to a value: keys, and indices in lists. */
export type Path = readonly (string | number)[];

/** A position in the text. */
export interface Position {
  /** Counted from 1. */
  readonly line: number;
  /** In UTF-16 code units, counted from 1. */
  readonly column: number;
}

/** The position of a key, and its path in the file. */
export interface Entry {
  /** Its path in the file, which differs from its path in the settings if it was renamed. */
  readonly written: Path;
  /** Where the key begins; for an item of a list, the item itself. */
  readonly key: Position;
  /** Where the value begins. */
  readonly value: Position;
}

const START: Entry = { written: [], key: { line: 1, column: 1 }, value: { line: 1, column: 1 } };

/** The positions of all settings. */
export class Positions {
  readonly #entries = new Map<string, Entry>();

  /** Records the position of a setting, unless it is already known. */
  add(path: Path, entry: Entry): void {
    const name = JSON.stringify(path);
    if (!this.#entries.has(name)) this.#entries.set(name, entry);
  }

  /** The position of a setting, if it is in the file. */
  find(path: Path): Entry | undefined {
    return path.length === 0 ? START : this.#entries.get(JSON.stringify(path));
  }

  /**
   * The position of a setting, or else of the section that it belongs to; `written` is its path as
   * the file has it or would have it.
   */
  nearest(path: Path): Entry {
    for (let length = path.length; length > 0; length--) {
      const entry = this.find(path.slice(0, length));
      if (entry) return { ...entry, written: [...entry.written, ...path.slice(length)] };
    }
    return { ...START, written: path };
  }
}

/** A path as documents write it: `memory.identities[0].username`. */
export function keyName(path: Path): string {
  return path.map((step, index) => {
    if (typeof step === "number") return `[${step}]`;
    return index === 0 ? step : `.${step}`;
  }).join("");
}

/** `line 3, column 5`. */
export function describePosition({ line, column }: Position): string {
  return `line ${line}, column ${column}`;
}
