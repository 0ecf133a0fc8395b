/**
 * What the registration should contain, by the configuration.
 *
 * @module
 */

import type { Settings } from "../sections/settings.ts";
import type { WantedRegistration } from "./generate.ts";

/** What the registration should contain; without a configured URL, it has this machine's. */
export function wantedRegistration(
  { matrix, appsvc, server }: Pick<Settings, "matrix" | "appsvc" | "server">,
): WantedRegistration {
  return {
    domain: matrix.domain,
    id: appsvc.registration.synapse.id,
    url: appsvc.endpoint.toAS.url ?? `http://localhost:${server.port}`,
    senderLocalpart: appsvc.user.main,
    asToken: appsvc.endpoint.toHS.token,
    hsToken: appsvc.endpoint.toAS.token,
  };
}
