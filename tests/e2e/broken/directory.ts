/**
 * Faults between the service and its identity stores.
 *
 * @module
 */

import { freePort } from "../../process/free_port.ts";
import { connectionTo, type Slapd, startSlapd } from "../servers/slapd.ts";
import type { BrokenDeployment } from "./deployment.ts";
import type { Site } from "./site.ts";

const AT_START = { known: "at the start", event: "identity store not ready" } as const;
const BOB = { cn: "Bob Brown", uid: "bob", mail: "bob@corp.example" };

/** A directory with bob, and the configuration of it with these differences of the connection. */
async function directory(
  site: Site,
  differences: (slapd: Slapd) => Readonly<Record<string, unknown>>,
) {
  const slapd = site.use(
    await startSlapd({ domains: [{ suffix: "dc=example,dc=org", people: [BOB] }] }),
  );
  site.call(slapd.port, "LDAP_PORT");
  site.call(slapd.securePort, "LDAPS_PORT");
  const { attribute, ...connection } = differences(slapd);
  return {
    "memory.enabled": false,
    "ldap.enabled": true,
    "ldap.connection": { ...connectionTo(slapd, false), ...connection },
    "ldap.attribute.uid": attribute ?? { type: "uid", value: "uid" },
  };
}

function restService(site: Site, handler: Deno.ServeHandler) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  site.defer(() => server.shutdown());
  const host = `http://127.0.0.1:${site.call(server.addr.port, "REST_PORT")}`;
  return { "memory.enabled": false, "rest.enabled": true, "rest.host": host };
}

/** All of them. */
export const DIRECTORY_FAULTS: readonly BrokenDeployment[] = [
  {
    ...AT_START,
    what: "LDAP bind password wrong",
    arrange: (site) => directory(site, () => ({ bindPassword: "wrong-s3cret" })),
  },
  {
    ...AT_START,
    what: "LDAP base DN wrong",
    arrange: (site) => directory(site, () => ({ baseDNs: ["ou=staff,dc=example,dc=org"] })),
  },
  {
    ...AT_START,
    what: "LDAP attribute of the user ID wrong",
    arrange: (site) =>
      directory(site, () => ({ attribute: { type: "uid", value: "sAMAccountName" } })),
  },
  {
    ...AT_START,
    what: "LDAP port closed",
    arrange: (site) => directory(site, () => ({ port: site.call(freePort(), "CLOSED_PORT") })),
  },
  {
    ...AT_START,
    what: "LDAPS to a port that speaks LDAP",
    arrange: (site) => directory(site, ({ port }) => ({ tls: true, port })),
  },
  {
    ...AT_START,
    what: "LDAP certificate of an unknown authority",
    arrange: (site) => directory(site, () => ({ tls: "starttls" })),
  },
  {
    known: "at an invite",
    event: "invite deferred, store error",
    what: "REST service that is a web site",
    arrange: (site) => restService(site, () => new Response("<h1>Welcome</h1>")),
  },
  {
    known: "at the start",
    event: "configuration warning",
    what: "database of Synapse missing",
    arrange: (site) => ({
      "memory.enabled": false,
      "synapseSql.enabled": true,
      "synapseSql.type": "sqlite",
      "synapseSql.connection": site.path("homeserver.db"),
    }),
  },
];
