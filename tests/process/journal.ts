/**
 * What happened, in order, for a test that waits for the next thing without asking again and again.
 *
 * @module
 */

/** Collects items as they come. */
export class Journal<Item> {
  readonly #items: Item[] = [];
  readonly #waiters = new Set<Waiter<Item>>();
  #ended: Error | undefined;

  /** `name` is what the items are called in an error. */
  constructor(readonly name: string) {}

  /** All that came, the oldest first. */
  get items(): readonly Item[] {
    return this.#items;
  }

  /** Takes one more item, and wakes whoever waits for it. */
  add(item: Item): void {
    this.#items.push(item);
    for (const waiter of [...this.#waiters]) waiter.offer(item);
  }

  /** Nothing more comes: whoever waits, now or later, gets this error. */
  end(error: Error): void {
    this.#ended = error;
    for (const waiter of [...this.#waiters]) waiter.give(error);
  }

  /**
   * The first item that matches, among those that came and those to come.
   *
   * @param within How long to wait at most, in milliseconds.
   * @throws {Error} When none came in time, or none can come any more.
   */
  async find(matches: (item: Item) => boolean, within = 20_000): Promise<Item> {
    const present = this.#items.find(matches);
    if (present !== undefined) return present;
    if (this.#ended) throw this.#ended;
    const { promise, resolve, reject } = Promise.withResolvers<Item>();
    const waiter: Waiter<Item> = {
      offer: (item) => matches(item) && resolve(item),
      give: reject,
    };
    const missing = new Error(`${this.name}: not there after ${within} ms: ${matches}`);
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
