/**
 * Where keys and values stand in the configuration's text.
 *
 * @module
 */

/** The way to a value: keys, and indices in lists. */
export type Path = readonly (string | number)[];

/** A place in the text. */
export interface Place {
  /** Counted from 1. */
  readonly line: number;
  /** In UTF-16 code units, counted from 1. */
  readonly column: number;
}

/** Where one key stands, and what it is called there. */
export interface Entry {
  /** The way to it in the file, which an old key's place in the settings differs from. */
  readonly written: Path;
  /** Where the key begins; for an item of a list, where the item does. */
  readonly key: Place;
  /** Where the value begins. */
  readonly value: Place;
}

const START: Entry = { written: [], key: { line: 1, column: 1 }, value: { line: 1, column: 1 } };

/** Knows for each setting where it was written. */
export class Places {
  readonly #entries = new Map<string, Entry>();

  /** Remembers where a setting was written; the first one stays. */
  add(path: Path, entry: Entry): void {
    const name = JSON.stringify(path);
    if (!this.#entries.has(name)) this.#entries.set(name, entry);
  }

  /** Where a setting was written, if it was. */
  find(path: Path): Entry | undefined {
    return path.length === 0 ? START : this.#entries.get(JSON.stringify(path));
  }

  /**
   * Where a setting was written, else the section it would stand in; `written` is its name as the
   * file has it or would have it.
   */
  nearest(path: Path): Entry {
    for (let length = path.length; length > 0; length--) {
      const entry = this.find(path.slice(0, length));
      if (entry) return { ...entry, written: [...entry.written, ...path.slice(length)] };
    }
    return { ...START, written: path };
  }
}

/** The way to a value as documents write it: `memory.identities[0].username`. */
export function keyName(path: Path): string {
  return path.map((step, index) => {
    if (typeof step === "number") return `[${step}]`;
    return index === 0 ? step : `.${step}`;
  }).join("");
}

/** `line 3, column 5`. */
export function placeName(place: Place): string {
  return `line ${place.line}, column ${place.column}`;
}
