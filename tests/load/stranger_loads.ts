/**
 * The loads that strangers can make, and what each may cost.
 *
 * @module
 */

import type { SmtpSink } from "../fakes/mail/smtp_sink.ts";
import { loadManyStreams } from "./http2_streams.ts";
import type { Cost, LoadedService, LoadedServiceOptions } from "./service.ts";
import { loadOnePerson, loadUnknownPeople } from "./strangers_invites.ts";
import { loadUnfinishedBodies, loadUnfinishedStreams } from "./unfinished_bodies.ts";

/** A load. */
export interface StrangerLoad {
  /** What the strangers do. */
  readonly name: string;
  /** How the service is started. */
  readonly service?: Pick<LoadedServiceOptions, "settings" | "openFiles">;
  /** What it may cost at most. */
  readonly limits: Partial<Cost>;
  /** Makes the load; a short one takes a few seconds. */
  run(service: LoadedService, sink: SmtpSink, size: "short" | "full"): Promise<Cost>;
}

const LIMITS = { peakMiB: 250, healthMs: 200 };

const FULL = { connections: 3_000, bytes: 1024 * 1024 - 1, stayMs: 3_000 };
const SHORT = { connections: 600, bytes: 512 * 1024, stayMs: 500 };
const SIZES = { full: FULL, short: SHORT };

const WITHOUT_TOKEN = { method: "PUT", path: "/_matrix/app/v1/transactions/1" } as const;
const UNKNOWN_PATH = { method: "POST", path: "/" } as const;
const INVALID_LINK = { method: "POST", path: "/stop/none" } as const;
const HEALTH = { method: "GET", path: "/health" } as const;
const READ_ONLY = { method: "GET", path: "/_matrix/app/v1/users/x" } as const;

/** All loads. */
export const STRANGER_LOADS: readonly StrangerLoad[] = [
  ...Object.entries({
    "without a token": WITHOUT_TOKEN,
    "to an unknown path": UNKNOWN_PATH,
    "to an invalid stop link": INVALID_LINK,
    "of a GET of /health": HEALTH,
    "of a GET without a token": READ_ONLY,
  }).map(([what, target]): StrangerLoad => ({
    name: `unfinished bodies ${what}`,
    limits: LIMITS,
    run: (service, _sink, size) => loadUnfinishedBodies(service, target, SIZES[size]),
  })),
  {
    name: "unfinished bodies to a valid stop link",
    limits: LIMITS,
    async run(service, sink, size) {
      const target = { method: "POST", path: await service.stopPath(sink) } as const;
      return await loadUnfinishedBodies(service, target, { ...SIZES[size], bytes: 4_095 });
    },
  },
  {
    name: "unfinished large bodies to a valid stop link",
    limits: LIMITS,
    async run(service, sink, size) {
      const target = { method: "POST", path: await service.stopPath(sink) } as const;
      return await loadUnfinishedBodies(service, target, SIZES[size]);
    },
  },
  {
    name: "HTTP/2 streams that do not end, one a connection",
    limits: LIMITS,
    run: (service, _sink, size) => loadUnfinishedStreams(service, WITHOUT_TOKEN, SIZES[size]),
  },
  ...[false, true].map((host): StrangerLoad => ({
    name: `HTTP/2 streams that do not end, many a connection${host ? ", with Host" : ""}`,
    limits: LIMITS,
    run: (service, _sink, size) =>
      loadManyStreams(service, { ...WITHOUT_TOKEN, host }, {
        connections: size === "full" ? 300 : 50,
        workMs: size === "full" ? 15_000 : 3_000,
      }),
  })),
  {
    name: "invites of people who do not exist, then a colleague's",
    limits: { ...LIMITS, colleagueMs: 60_000 },
    run: (service, sink, size) => loadUnknownPeople(service, sink, size === "full" ? 2_000 : 500),
  },
  {
    name: "invites of one person, then a colleague's",
    limits: { ...LIMITS, colleagueMs: 60_000 },
    run: (service, sink, size) => loadOnePerson(service, sink, size === "full" ? 50_000 : 2_000),
  },
  {
    name: "invites of one person by many servers, then a colleague's",
    // As if each stranger had a server of their own.
    service: { settings: { notify: { delay: "1s", limits: { perServer: "off" } } } },
    limits: { ...LIMITS, colleagueMs: 60_000 },
    run: (service, sink, size) => loadOnePerson(service, sink, size === "full" ? 50_000 : 1_000),
  },
];
