/**
 * The running service: what listens, what works, and how it stops.
 *
 * @module
 */

import type { Settings, StoreName } from "../config/sections/settings.ts";
import { createHttpApp } from "../http/app.ts";
import type { Homeserver } from "../matrix/port.ts";
import { acceptTransaction } from "../notify/accept.ts";
import { deliverMail, type DeliverOptions } from "../notify/deliver.ts";
import { resolveInvitation, type ResolveOptions } from "../notify/resolve.ts";
import { runWorker } from "../notify/worker.ts";
import type { Outbox } from "../outbox/port.ts";
import { HOUR, type Limit, SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";
import { headerOptions } from "./header_options.ts";
import { openHomeserverClient } from "./homeserver.ts";
import { listen } from "./listen.ts";
import { openOutbox } from "./outbox.ts";
import type { Platform } from "./platform.ts";
import { openRenderer } from "./renderer.ts";
import { membershipRules, modelOptions, policyOf } from "./rules.ts";
import { refuseStart, starting } from "./start_error.ts";
import { openStopping } from "./stopping.ts";
import { openPeople, openRooms } from "./stores.ts";
import { openTransport, sender } from "./transport.ts";

const log = openLog("app");

// How long what is in flight may take when the service stops: less than systemd and container
// engines wait before they kill.
const GRACE = 8 * SECOND;
const RESOLVE_CONCURRENCY = 10;

/** A service that listens, and does not yet work on what is due. */
export interface App extends AsyncDisposable {
  /** Where it listens. */
  readonly address: { readonly hostname: string; readonly port: number };
  /**
   * Works until the signal is aborted. It then takes no more requests and claims nothing more; what
   * is in flight is finished, or given back when that takes too long.
   */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Opens the database, starts to listen, and makes the parts of the settings. Whatever is read from
 * files, but for identity stores, has been read then.
 *
 * @throws {StartError} When the database or the port cannot be had, or a template is wrong.
 */
export async function openApp(
  settings: Settings,
  stores: readonly StoreName[],
  platform: Platform,
): Promise<App> {
  const { clock, random } = platform;
  await using opened = new AsyncDisposableStack();
  const transport = opened.use(openTransport(settings, platform));
  const outbox = opened.use(starting(() => openOutbox(settings, platform, transport)));
  const people = opened.use(openPeople(settings, stores, platform));
  const homeserver = openHomeserverClient(settings, platform);
  const renderer = starting(() =>
    openRenderer(settings, (warning) => log.warn("template warning", { warning }))
  );
  const stopping = starting(() => openStopping(settings, outbox, platform));
  const rules = membershipRules(settings);
  const http = createHttpApp({
    hsToken: settings.appsvc.endpoint.toAS.token,
    clock,
    accept: settings.appsvc.enabled
      ? (body) => acceptTransaction(body, { outbox, clock, rules, delay: settings.notify.delay })
      : () => Promise.resolve({ kind: "accepted" }),
    ...(stopping === undefined ? {} : { stopPages: stopping.pages }),
  });
  const forceStop = new AbortController();
  const forced = new Promise<void>((resolve) => {
    forceStop.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const server = starting(() => listen(settings, http.fetch));
  // Deno cannot cut off what a server that is shutting down still waits for: it is left behind.
  opened.defer(() => Promise.race([server.shutdown(), forced]));
  const { hostname, port } = server.addr;
  log.info("listening", { address: hostname, port });
  if (!settings.appsvc.enabled) log.warn("appsvc.enabled is false: invites are ignored");
  // Takes a while, which the homeserver need not wait for.
  await renderer.check().catch(refuseStart);
  await stopping?.renderer.check().catch(refuseStart);

  const policy = policyOf(settings);
  const { domain } = settings.matrix;
  const rooms = openRooms(settings);
  const lookups: ResolveOptions = {
    outbox,
    people,
    domain,
    policy,
    clock,
    random,
    ...(rooms === undefined ? {} : { rooms }),
  };
  const { redirectTo, limits: { perAddress } } = settings.notify;
  const deliveries: DeliverOptions = {
    outbox,
    transport,
    renderer,
    from: sender(settings),
    model: {
      ...modelOptions(settings, renderer),
      ...(stopping === undefined ? {} : { stopLink: stopping.link }),
    },
    headers: headerOptions(settings, outbox.secret),
    clock,
    random,
    ...(redirectTo === undefined ? {} : { redirectTo }),
  };
  const parts = opened.move();
  return {
    address: { hostname, port },
    async run(signal) {
      const failed = new AbortController();
      const done = new AbortController();
      const stop = AbortSignal.any([signal, failed.signal]);
      // It may have been asked for while the service started.
      if (stop.aborted) end();
      else stop.addEventListener("abort", end, { once: true });
      const running = [
        Promise.race([server.finished, forced]),
        pingHomeserver(homeserver, stop),
        work(
          { outbox, lookups, deliveries, perAddress, concurrency: transport.concurrency, clock },
          stop,
          forceStop.signal,
        ),
        pruneHourly(outbox, clock, stop),
      ];
      try {
        await Promise.all(running);
      } finally {
        // One that fails stops the others: half a service would look like a whole one.
        failed.abort();
        await Promise.allSettled(running);
        done.abort();
      }

      function end(): void {
        void server.shutdown();
        void clock.sleep(GRACE, done.signal).then(() => {
          if (!done.signal.aborted) forceStop.abort();
        });
      }
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

// Works on what is due until the signal is aborted; `forceStop` ends what is in flight then.
async function work(
  parts: {
    readonly outbox: Outbox;
    readonly lookups: ResolveOptions;
    readonly deliveries: DeliverOptions;
    readonly perAddress: Limit | null;
    readonly concurrency: number;
    readonly clock: Clock;
  },
  signal: AbortSignal,
  forceStop: AbortSignal,
): Promise<void> {
  const { outbox, lookups, deliveries, perAddress, concurrency, clock } = parts;
  await Promise.all([
    runWorker({
      work: "invitations",
      outbox,
      clock,
      concurrency: RESOLVE_CONCURRENCY,
      claim: (count) => outbox.claimInvitations(count),
      handle: (invitation) => resolveInvitation(invitation, lookups, forceStop),
    }, signal),
    runWorker({
      work: "mails",
      outbox,
      clock,
      // A mail that waited for a connection would run out of its time, perhaps after it was sent.
      concurrency,
      claim: (count) => outbox.claimMails({ count, perAddress }),
      handle: (mail) => deliverMail(mail, deliveries, forceStop),
    }, signal),
  ]);
}

async function pruneHourly(outbox: Outbox, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const keys = await outbox.prune();
      if (keys > 0) log.debug("old keys pruned", { keys });
    } catch (error) {
      log.warn("old keys not pruned", { error });
    }
    await clock.sleep(HOUR, signal);
  }
}

// Asks the homeserver to reach us, which also makes it send what it holds back.
async function pingHomeserver(homeserver: Homeserver, signal: AbortSignal): Promise<void> {
  const result = await homeserver.ping(signal);
  if (signal.aborted) return;
  switch (result.kind) {
    case "reached":
      log.info("homeserver reaches this service", { milliseconds: result.milliseconds });
      return;
    case "unsupported":
      log.info("homeserver reachability unknown", { advice: result.advice });
      return;
    case "failed":
      log.error("homeserver cannot reach this service", {
        reason: result.reason,
        advice: result.advice,
      });
  }
}
