/**
 * Faults between the service and the homeserver.
 *
 * @module
 */

import { HS_TOKEN } from "../../cli/workspace.ts";
import { freePort } from "../../process/free_port.ts";
import { LOCALHOST } from "../../fakes/net/certificates.ts";
import type { BrokenDeployment } from "./deployment.ts";
import { AS_TOKEN, type Site } from "./site.ts";

const URL_KEY = "appsvc.endpoint.toHS.url";
const EVENT = "homeserver cannot reach this service";

function serve(
  site: Site,
  handler: Deno.ServeHandler,
  tls?: { readonly cert: string; readonly key: string },
): number {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, ...tls },
    handler,
  );
  site.defer(() => server.shutdown());
  return site.call((server.addr as Deno.NetAddr).port, "OTHER_PORT");
}

/** All of them. */
export const HOMESERVER_FAULTS: readonly BrokenDeployment[] = [
  {
    what: "homeserver port closed",
    known: "at the start",
    event: EVENT,
    arrange: (site) => ({ [URL_KEY]: `http://127.0.0.1:${site.call(freePort(), "CLOSED_PORT")}` }),
  },
  {
    what: "homeserver name unknown",
    known: "at the start",
    event: EVENT,
    arrange: () => ({ [URL_KEY]: "http://matrix.invalid:8008" }),
  },
  {
    what: "https to a homeserver that speaks http",
    known: "at the start",
    event: EVENT,
    arrange: (site) => ({ [URL_KEY]: `https://127.0.0.1:${site.homeserverPort}` }),
  },
  {
    what: "http to a homeserver that speaks https",
    known: "at the start",
    event: EVENT,
    arrange: (site) => ({
      [URL_KEY]: `http://127.0.0.1:${serve(site, () => new Response("x"), LOCALHOST)}`,
    }),
  },
  {
    what: "homeserver with a certificate of an unknown authority",
    known: "at the start",
    event: EVENT,
    arrange: (site) => ({
      [URL_KEY]: `https://127.0.0.1:${serve(site, () => new Response("x"), LOCALHOST)}`,
    }),
  },
  {
    what: "homeserver URL of another web service",
    known: "at the start",
    event: EVENT,
    arrange: (site) => {
      const port = serve(site, () => new Response("<h1>Welcome to nginx!</h1>", { status: 404 }));
      return { [URL_KEY]: `http://127.0.0.1:${port}` };
    },
  },
  {
    what: "public URL of another web service",
    known: "at the start",
    event: "stop pages not published",
    arrange: (site) => {
      const port = serve(site, () => new Response("<h1>Welcome to nginx!</h1>"));
      return { "server.publicUrl": `http://127.0.0.1:${port}` };
    },
  },
  {
    what: "homeserver has not loaded the registration",
    known: "at the start",
    event: EVENT,
    arrange: () => ({ "appsvc.endpoint.toHS.token": "as-of-nobody-0123456789" }),
  },
  {
    what: "swapped tokens",
    known: "at the start",
    event: EVENT,
    arrange: () => ({
      "appsvc.endpoint.toHS.token": HS_TOKEN,
      "appsvc.endpoint.toAS.token": AS_TOKEN,
    }),
  },
  {
    what: "domain that is not the server name",
    known: "before the start",
    arrange: () => ({ "matrix.domain": "matrix.example.org" }),
  },
  {
    what: "no as_token",
    known: "at the start",
    event: "homeserver reachability unknown",
    arrange: () => ({ "appsvc.endpoint.toHS.token": undefined }),
  },
];
