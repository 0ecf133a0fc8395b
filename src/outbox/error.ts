/**
 * The errors of outboxes.
 *
 * @module
 */

/**
 * The outbox failed. `unavailable` is temporary (locked, disk full); `refused` needs the
 * administrator (another owner, a newer schema, a damaged file); after `lost` nothing that is stored
 * would be found again, so the service must end.
 */
export class OutboxError extends Error {
  /** The name of this kind of error. */
  override readonly name = "OutboxError";

  /** The kind of failure, and what failed. */
  constructor(
    readonly kind: "unavailable" | "refused" | "lost",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
