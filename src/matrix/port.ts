/**
 * The port to the homeserver: what the service asks of it.
 *
 * @module
 */

/** What came of asking the homeserver to ping this service. */
export type PingResult =
  /** The homeserver reached us; how long that took it, in milliseconds. */
  | { readonly kind: "reached"; readonly milliseconds: number }
  /** It does not know the request, or has no URL of ours: nothing is proven, nothing is wrong. */
  | { readonly kind: "unsupported"; readonly advice: string }
  /** Something is wrong; `advice` says what to do about it. */
  | { readonly kind: "failed"; readonly reason: string; readonly advice: string };

/** The homeserver that pushes its events to this service. */
export interface Homeserver {
  /**
   * Asks the homeserver to ping this service (client-server API, `POST /appservice/{id}/ping`).
   * It never rejects.
   */
  ping(signal?: AbortSignal): Promise<PingResult>;
}
