/**
 * The port to the homeserver: what the service requests from it.
 *
 * @module
 */

/** What came of asking the homeserver to ping this service. */
export type PingResult =
  /** The homeserver reached this service, in so many milliseconds. */
  | { readonly kind: "reached"; readonly milliseconds: number }
  /** The homeserver cannot ping: whether it reaches this service is unknown. */
  | { readonly kind: "unsupported"; readonly advice: string }
  /** The homeserver cannot reach this service, or could not be asked to. */
  | { readonly kind: "failed"; readonly reason: string; readonly advice: string };

/** The homeserver that pushes its events to this service. */
export interface Homeserver {
  /**
   * Asks the homeserver to ping this service (client-server API, `POST /appservice/{id}/ping`).
   * It never rejects.
   */
  ping(signal?: AbortSignal): Promise<PingResult>;
}
