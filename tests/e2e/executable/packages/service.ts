/**
 * A service in a machine: its configuration, and how it is reached.
 *
 * @module
 */

import assert from "node:assert/strict";
import { inviteEvent } from "../../../process/invite_event.ts";
import { settingsFor } from "../../settings.ts";

/** Where the service of a test listens and sends. */
export interface ServicePorts {
  readonly servicePort: number;
  readonly mailPort: number;
  /** Default: one that nothing listens on. */
  readonly homeserverPort?: number;
}

/** The configuration of a service that is reached with the token `hs-token`. */
export function configurationOf(
  { servicePort, mailPort, homeserverPort = 1 }: ServicePorts,
  differences: Readonly<Record<string, unknown>> = {},
): string {
  const layout = {
    ...{ folder: "/var/lib/appservice-mxisd", registration: "/etc/mxisd/registration.yaml" },
    ...{ servicePort, homeserverPort, mailPort },
  };
  return JSON.stringify({ ...settingsFor(layout, "1s"), ...differences }, null, 2);
}

/** Pushes an invite to the service, which has to accept it. */
export async function pushInvite(port: number, token: string, invitee: string): Promise<void> {
  const response = await fetch(
    `http://127.0.0.1:${port}/_matrix/app/v1/transactions/${crypto.randomUUID()}`,
    {
      method: "PUT",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({
        events: [inviteEvent({ event_id: `$${crypto.randomUUID()}`, state_key: invitee })],
      }),
    },
  );
  assert.deepEqual([response.status, await response.text()], [200, "{}"]);
}
