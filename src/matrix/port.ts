/**
 * The port to the homeserver: what the service requests from it.
 *
 * @module
 */

import type { UserId } from "../domain/user_id.ts";

/** What came of asking the homeserver to ping this service. */
export type PingResult =
  /** The homeserver reached this service, in so many milliseconds. */
  | { readonly kind: "reached"; readonly milliseconds: number }
  /** The homeserver cannot ping: whether it reaches this service is unknown. */
  | { readonly kind: "unsupported"; readonly advice: string }
  /** The homeserver cannot reach this service, or could not be asked to. */
  | { readonly kind: "failed"; readonly reason: string; readonly advice: string };

/** What came of asking the homeserver whose the as_token is. */
export type WhoamiResult =
  /** The service's own user, whose server is the homeserver's name. */
  | { readonly kind: "user"; readonly user: UserId }
  /** The homeserver does not know the as_token: it has not loaded the registration. */
  | { readonly kind: "unknown token" }
  /** There is no as_token, the homeserver could not be asked, or it answered something else. */
  | { readonly kind: "unknown" };

/** What came of asking the homeserver for the versions of the specification that it supports. */
export type VersionsResult =
  | {
    readonly kind: "versions";
    /** As it names them, such as `v1.12`. */
    readonly versions: readonly string[];
    /** Its time, in milliseconds UTC and full seconds, if it says so. */
    readonly date: number | undefined;
  }
  /** It could not be asked, or what answers is not a homeserver. */
  | { readonly kind: "failed"; readonly reason: string; readonly advice: string };

/** The homeserver that pushes its events to this service. */
export interface Homeserver {
  /**
   * Asks the homeserver to ping this service (client-server API, `POST /appservice/{id}/ping`).
   * It never rejects.
   */
  ping(signal?: AbortSignal): Promise<PingResult>;
  /**
   * Asks the homeserver whose the as_token is (client-server API, `GET /account/whoami`). It never
   * rejects.
   */
  whoami(signal?: AbortSignal): Promise<WhoamiResult>;
  /**
   * Asks the homeserver which versions it supports, without a token (client-server API, `GET
   * /versions`). It never rejects.
   */
  versions(signal?: AbortSignal): Promise<VersionsResult>;
}
