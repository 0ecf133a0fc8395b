/**
 * A list of items that a test can wait for without polling.
 *
 * @module
 */

// For what comes within a second, unless the machine is busy.
const PATIENCE_MS = 90_000;

/** Collects items as they arrive. */
export class Journal<Item> {
  readonly #items: Item[] = [];
  readonly #waiters = new Set<Waiter<Item>>();
  #ended: Error | undefined;

  /** `name` describes the items in error messages. */
  constructor(readonly name: string) {}

  /** All items, the oldest first. */
  get items(): readonly Item[] {
    return this.#items;
  }

  /** Adds an item and wakes those that wait for it. */
  add(item: Item): void {
    this.#items.push(item);
    for (const waiter of [...this.#waiters]) waiter.offer(item);
  }

  /** Ends the journal: all that wait, now or later, get this error. */
  end(error: Error): void {
    this.#ended = error;
    for (const waiter of [...this.#waiters]) waiter.give(error);
  }

  /**
   * Waits for the first item that matches, among all items.
   *
   * @param within The time limit, in milliseconds.
   * @throws {Error} When there is none in time, or the journal has ended.
   */
  async find(matches: (item: Item) => boolean, within = PATIENCE_MS): Promise<Item> {
    const present = this.#items.find(matches);
    if (present !== undefined) return present;
    if (this.#ended) throw this.#ended;
    const { promise, resolve, reject } = Promise.withResolvers<Item>();
    const waiter: Waiter<Item> = {
      offer: (item) => matches(item) && resolve(item),
      give: reject,
    };
    const missing = new Error(`${this.name}: no match after ${within} ms: ${matches}`);
    const timer = setTimeout(reject, within, missing);
    this.#waiters.add(waiter);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    }
  }
}

interface Waiter<Item> {
  offer(item: Item): void;
  give(error: Error): void;
}
