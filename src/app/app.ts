/**
 * Composes the service from the settings.
 *
 * @module
 */

import type { Settings, StoreName } from "../config/sections/settings.ts";
import { domainOf } from "../domain/email_address.ts";
import { createHttpApp } from "../http/app.ts";
import type { AppserviceOptions } from "../http/appservice.ts";
import { CONNECTIONS_ADVICE, serveHttp } from "../http/server/server.ts";
import { countOpenable } from "../net/descriptors.ts";
import { acceptTransaction } from "../notify/accept/accept.ts";
import { CatchUp } from "../notify/accept/catch_up.ts";
import { AlikeRefusals } from "../notify/alike.ts";
import { Circuit } from "../notify/circuit.ts";
import type { DeliverOptions } from "../notify/deliver.ts";
import { openGate } from "../notify/gate.ts";
import { messageId } from "../notify/message_id.ts";
import { reportLookup } from "../notify/resolve.ts";
import type { Outbox } from "../outbox/port.ts";
import type { Waiting } from "../outbox/postgresql/reach.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";
import { sender } from "./brand.ts";
import { openBounceInputs } from "./bounces.ts";
import { checkParts } from "./check_parts.ts";
import { openElsewhereLog } from "./elsewhere_log.ts";
import { openHomeserverClient } from "./homeserver.ts";
import { listen } from "./listen.ts";
import { type Monitoring, openMeasuring, openMonitoring } from "./monitoring/open.ts";
import {
  headerOptions,
  membershipRules,
  modelOptions,
  policyOf,
  quietHoursOf,
  returnPathOf,
  tellsAdded,
} from "./notify_options.ts";
import { openOutbox } from "./outbox.ts";
import type { Platform } from "./platform.ts";
import { openRenderer } from "./renderer.ts";
import { type AppParts, runApp } from "./run_app.ts";
import { openShutdown } from "./shutdown.ts";
import { openStopping } from "./stopping.ts";
import { joinPeople, openKnowledge, openRooms, openStores } from "./stores.ts";
import { openMemberships } from "./sweep.ts";
import { openTransport, sendRate } from "./transport.ts";

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
}

/**
 * Opens all parts, then starts to listen.
 *
 * @param beforeListening Called when every file has been read or opened, except those of identity
 *   stores, and no request can arrive yet.
 * @param waiting How it waits for a database server that cannot be reached yet.
 * @throws {StartError} When it cannot listen.
 * @throws {OutboxError} When the database cannot be opened.
 * @throws {RenderError} When a template is wrong.
 */
export async function openApp(
  settings: Settings,
  stores: readonly StoreName[],
  platform: Platform,
  beforeListening: () => Promise<void> = () => Promise.resolve(),
  waiting: Waiting = {},
): Promise<App> {
  const { clock, random, randomBytes } = platform;
  await using opened = new AsyncDisposableStack();
  const { measure, registry } = openMeasuring(settings, platform);
  const transport = opened.use(measure.transport(openTransport(settings, platform)));
  const outbox = opened.use(
    measure.outbox(await openOutbox(settings, platform, transport, waiting)),
  );
  const identityStores = openStores(settings, stores, platform).map(measure.store);
  const storesCircuit = new Circuit(clock);
  const transportCircuit = new Circuit(clock);
  const people = opened.use(
    joinPeople(
      settings,
      identityStores,
      platform,
      (_user, result) => reportLookup(storesCircuit, result),
    ),
  );
  const knowledge = opened.use(openKnowledge(settings, platform));
  const renderer = openRenderer(settings, (warning) => log.warn("template warning", { warning }));
  const stopping = openStopping(settings, outbox, platform);
  const catchUp = new CatchUp({ outbox, clock, domain: settings.matrix.domain });
  await catchUp.resume();
  const bounces = openBounceInputs(settings, outbox, clock);
  opened.use(bounces.maildir);
  const http = createHttpApp({
    hsToken: settings.appsvc.endpoint.toAS.token,
    previousHsToken: settings.appsvc.endpoint.toAS.previousToken,
    clock,
    accept: measure.accept(acceptor(settings, outbox, catchUp, clock)),
    stopPages: stopping?.pages,
    bounceWebhook: bounces.webhook,
  });
  const newMessageId = () => messageId(randomBytes, domainOf(sender(settings).address));
  const lookups: AppParts["lookups"] = {
    outbox,
    people,
    rooms: openRooms(settings),
    knowledge,
    domain: settings.matrix.domain,
    policy: policyOf(settings),
    clock,
    random,
    circuit: storesCircuit,
    newMessageId,
  };
  const { redirectTo, limits, reminder, activeWithin } = settings.notify;
  const deliveries: DeliverOptions = {
    outbox,
    transport,
    renderer,
    from: sender(settings),
    returnPath: returnPathOf(settings, outbox.secret),
    redirectTo,
    model: { ...modelOptions(settings, renderer), stopLink: stopping?.link },
    headers: headerOptions(settings, outbox.secret),
    clock,
    random,
    hungMails: openGate(),
    newMessageId,
    reminder,
    quietHours: quietHoursOf(settings),
    knowledge,
    activeWithin,
    circuit: transportCircuit,
    refusals: new AlikeRefusals(clock),
  };
  const homeserver = openHomeserverClient(settings, platform);
  const memberships = opened.use(openMemberships(settings, platform));
  const { concurrency } = transport;
  await renderer.load();
  await stopping?.renderer.load();
  await outbox.check();
  await bounces.maildir?.started;
  await beforeListening();
  const openable = countOpenable(USUAL_DESCRIPTORS);
  const listener = listen(settings);
  const server = serveHttp({
    listener,
    handler: http.fetch,
    // At least half of the descriptors stay for the database, the stores and the mail servers.
    maxConnections: Math.min(MAX_CONNECTIONS, Math.ceil(openable / 2)),
    clock,
  });
  const shutdown = opened.use(openShutdown(server, clock));
  const circuits = { invitations: storesCircuit, mails: transportCircuit };
  const watched = { outbox, circuits, catchUp };
  const monitoring = opened.use(openMonitoring(settings, watched, registry, platform));
  const { hostname, port } = listener.addr;
  if (openable < USUAL_DESCRIPTORS) {
    log.warn("few files can be opened", { openable, advice: CONNECTIONS_ADVICE });
  }
  log.info("listening", { address: hostname, port });
  if (!settings.appsvc.enabled) log.warn("appsvc.enabled is false: invites are ignored");
  // Takes a while: the service already listens, so that the homeserver does not have to wait.
  await renderer.check();
  await stopping?.renderer.check();
  const parts = {
    outbox,
    catchUp,
    homeserver,
    lookups,
    deliveries,
    concurrency,
    limits: { ...limits, sendRate: sendRate(settings) },
    retention: settings.storage.retention,
    sweep: memberships &&
      {
        outbox,
        memberships,
        clock,
        rules: membershipRules(settings),
        delay: settings.notify.delay,
        added: tellsAdded(settings),
      },
    shutdown,
    clock,
    watchBounces: bounces.watch,
  };
  const deadline = settings.notify.lookup.timeout;
  const activity = activeWithin !== undefined || tellsAdded(settings);
  const asked = { knowledge, activity };
  const checked = { stores: identityStores, transport, stopping, ...asked, clock, deadline };
  const rest = opened.move();
  return {
    address: { hostname, port },
    monitoringAddress: monitoring.address,
    async run(signal) {
      const ended = new AbortController();
      const checking = checkParts(checked, AbortSignal.any([signal, ended.signal]));
      const watching = monitoring.run(AbortSignal.any([signal, ended.signal]));
      try {
        await runApp(parts, signal);
      } finally {
        ended.abort();
        await Promise.all([checking, watching]);
      }
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

function acceptor(
  settings: Settings,
  outbox: Outbox,
  catchUp: CatchUp,
  clock: Clock,
): AppserviceOptions["accept"] {
  const rules = membershipRules(settings);
  const { delay, repeatAfter } = settings.notify;
  if (!settings.appsvc.enabled) return () => Promise.resolve({ kind: "accepted" });
  const onElsewhere = openElsewhereLog(rules.domain, clock);
  const added = tellsAdded(settings);
  const options = { outbox, clock, catchUp, rules, onElsewhere, delay, added, repeatAfter };
  return (body) => acceptTransaction(body, options);
}
