/**
 * Composes the service from the settings.
 *
 * @module
 */

import type { Settings, StoreName } from "../config/sections/settings.ts";
import { CONNECTIONS_ADVICE, serveHttp } from "../http/server/server.ts";
import { countOpenable } from "../net/descriptors.ts";
import { CatchUp } from "../notify/accept/catch_up.ts";
import { openGate } from "../notify/gate.ts";
import type { Waiting } from "../outbox/postgresql/reach.ts";
import { openLog } from "../system/log_events.ts";
import { openBounceInputs } from "./bounces.ts";
import { listen } from "./listen.ts";
import { type Monitoring, openMeasuring, openMonitoring } from "./monitoring/open.ts";
import { openOutbox } from "./outbox.ts";
import { type Platform, withTimeOf } from "./platform.ts";
import { runApp } from "./run_app.ts";
import { openShutdown } from "./shutdown.ts";
import { openClaims } from "./swap/claims.ts";
import { type Kept, openParts } from "./swap/parts.ts";
import { type Reloaded, renewParts } from "./swap/reload.ts";
import { runParts } from "./swap/run_parts.ts";
import { openTurns } from "./swap/turns.ts";
import { openTransport } from "./transport.ts";

const log = openLog("app");

const MAX_CONNECTIONS = 450;
// With the usual limit of 1024 there are more than that.
const USUAL_DESCRIPTORS = 900;

/** A service that listens, and does not yet work on what is due. */
export interface App extends AsyncDisposable {
  readonly address: { readonly hostname: string; readonly port: number };
  /** Where it answers what watches it; `undefined` if it does not. */
  readonly monitoringAddress: Monitoring["address"];
  /**
   * Works until the signal is aborted. Then it accepts no more requests and claims nothing more; what
   * is in flight is finished, or given back when that takes too long.
   */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Puts new settings into effect: builds and checks all that is made from them, then lets it take over
   * at once. What is in flight is finished with what it began with. If it throws, nothing has changed.
   *
   * @param openPlatform Opens what the new parts need of the machine; they dispose of it.
   * @throws {StartError} When they need something that the service gave up or does only at its start, or
   *   when `tls.ca` cannot be used.
   * @throws {RenderError} When a template is wrong.
   */
  reload(
    settings: Settings,
    stores: readonly StoreName[],
    openPlatform: (settings: Settings) => Platform,
  ): Promise<Reloaded>;
}

/**
 * Opens all parts, then starts to listen.
 *
 * @param beforeListening Called when every file has been read or opened, except those of identity
 *   stores, and no request can arrive yet. It may give up permissions; without it, they are all kept.
 * @param waiting How it waits for a database server that cannot be reached yet.
 * @throws {StartError} When it cannot listen.
 * @throws {OutboxError} When the database cannot be opened.
 * @throws {RenderError} When a template is wrong.
 */
export async function openApp(
  settings: Settings,
  stores: readonly StoreName[],
  platform: Platform,
  beforeListening?: () => Promise<void>,
  waiting: Waiting = {},
): Promise<App> {
  const { clock } = platform;
  await using opened = new AsyncDisposableStack();
  const { measure, registry } = openMeasuring(settings, platform);
  await using untilParts = new AsyncDisposableStack();
  const transport = untilParts.use(openTransport(settings, platform));
  let inEffect = settings;
  const opening = { ...waiting, readsLater: beforeListening === undefined };
  const openedOutbox = await openOutbox(settings, platform, transport, opening, () => inEffect);
  const outbox = opened.use(measure.outbox(openedOutbox));
  // What is stored has one time, also where several machines share it and one's clock is wrong.
  const inTime = (machine: Platform) => withTimeOf(machine, outbox);
  const timed = inTime(platform);
  const catchUp = new CatchUp({ outbox, clock: timed.clock, domain: settings.matrix.domain });
  await catchUp.resume();
  const bounces = openBounceInputs(settings, outbox, timed.clock);
  opened.use(bounces.maildir);
  const kept: Kept = {
    ...{ outbox, catchUp, measure },
    hungMails: openGate(),
    claimsWithin: openClaims(outbox, timed.clock),
  };
  // They dispose of the transport.
  untilParts.move();
  const first = await openParts(settings, stores, timed, transport, kept);
  const turns = opened.use(
    openTurns(first, ({ work }, signal) => runParts(work, signal, shutdown.forceStop)),
  );
  await first.load();
  await outbox.check();
  await bounces.maildir?.started;
  const openable = countOpenable(USUAL_DESCRIPTORS);
  await beforeListening?.();
  const listener = listen(settings);
  const server = serveHttp({
    listener,
    handler: (request) => turns.current.answer(request),
    // At least half of the descriptors stay for the database, the stores and the mail servers.
    maxConnections: Math.min(MAX_CONNECTIONS, Math.ceil(openable / 2)),
    clock,
  });
  const shutdown = opened.use(openShutdown(server, clock));
  const circuits = {
    get invitations() {
      return turns.current.circuits.invitations;
    },
    get mails() {
      return turns.current.circuits.mails;
    },
  };
  const watched = { outbox, circuits, catchUp };
  const monitoring = opened.use(openMonitoring(settings, watched, registry, timed));
  const { hostname, port } = listener.addr;
  if (openable < USUAL_DESCRIPTORS) {
    log.warn("few files can be opened", { openable, advice: CONNECTIONS_ADVICE });
  }
  log.info("listening", { address: hostname, port });
  if (!settings.appsvc.enabled) log.warn("appsvc.enabled is false: invites are ignored");
  // Takes a while: the service already listens, so that the homeserver does not have to wait.
  await first.checkTemplates();
  const rest = opened.move();
  return {
    address: { hostname, port },
    monitoringAddress: monitoring.address,
    async run(signal) {
      const ended = new AbortController();
      const watching = monitoring.run(AbortSignal.any([signal, ended.signal]));
      try {
        const { watch } = bounces;
        await runApp({ outbox, work: turns.run, shutdown, watchBounces: watch, clock }, signal);
      } finally {
        ended.abort();
        await watching;
      }
    },
    async reload(next, stores, openPlatform) {
      const open = (settings: Settings) => inTime(openPlatform(settings));
      const { parts, ...reloaded } = await renewParts(inEffect, next, stores, open, kept);
      inEffect = parts.settings;
      turns.replace(parts);
      return reloaded;
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}
