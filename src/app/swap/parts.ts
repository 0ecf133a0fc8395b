/**
 * Builds the parts of the service that are replaced when its settings are read again.
 *
 * @module
 */

import type { Settings, StoreName } from "../../config/sections/settings.ts";
import { domainOf } from "../../domain/email_address.ts";
import { createHttpApp } from "../../http/app.ts";
import type { AppserviceOptions } from "../../http/appservice.ts";
import type { MailTransport } from "../../mail/port.ts";
import { acceptTransaction } from "../../notify/accept/accept.ts";
import type { CatchUp } from "../../notify/accept/catch_up.ts";
import { AlikeRefusals } from "../../notify/alike.ts";
import { Circuit } from "../../notify/circuit.ts";
import type { DeliverOptions } from "../../notify/deliver.ts";
import type { Gate } from "../../notify/gate.ts";
import { messageId } from "../../notify/message_id.ts";
import { reportLookup } from "../../notify/resolve.ts";
import type { MailClaims } from "../../notify/send_rate.ts";
import type { Outbox, Work } from "../../outbox/port.ts";
import type { Limit } from "../../settings/duration.ts";
import { openLog } from "../../system/log_events.ts";
import { bounceWebhook } from "../bounces.ts";
import { sender } from "../brand.ts";
import { checkParts } from "../check_parts.ts";
import { openElsewhereLog } from "../elsewhere_log.ts";
import { openHomeserverClient } from "../homeserver.ts";
import type { Measure } from "../monitoring/measure.ts";
import {
  headerOptions,
  membershipRules,
  modelOptions,
  policyOf,
  quietHoursOf,
  returnPathOf,
  tellsAdded,
} from "../notify_options.ts";
import type { Platform } from "../platform.ts";
import { openRenderer } from "../renderer.ts";
import type { WorkParts } from "./run_parts.ts";
import { openStopping } from "../stopping.ts";
import { joinPeople, openKnowledge, openRooms, openStores } from "../stores.ts";
import { openMemberships } from "../sweep.ts";
import { sendRate } from "../transport.ts";

const log = openLog("app");

/** What is opened once, at the start, and used by all parts that follow one another. */
export interface Kept {
  readonly outbox: Outbox;
  /** Whether the homeserver is catching up. */
  readonly catchUp: CatchUp;
  readonly measure: Measure;
  /** Lets mails through that never got their final reply, one at a time. */
  readonly hungMails: Gate;
  /** The outbox, from which mails are claimed only as fast as the limit allows. */
  readonly claimsWithin: (rate: Limit | null) => MailClaims;
}

/** The parts that settings are made into. Their disposal closes what they have open. */
export interface Parts extends AsyncDisposable {
  readonly settings: Settings;
  /** Answers requests. */
  readonly answer: (request: Request) => Response | Promise<Response>;
  /** Whether the identity stores and the mail transport are out of order. */
  readonly circuits: Readonly<Record<Work, Circuit>>;
  /** What works on what is due. */
  readonly work: WorkParts;
  /**
   * Reads all files that are read now and then: later there may be no permission.
   *
   * @throws {RenderError} When a built-in template is missing.
   */
  load(): Promise<void>;
  /**
   * Checks the templates; that takes seconds where there are many.
   *
   * @throws {RenderError} When one is wrong.
   */
  checkTemplates(): Promise<void>;
}

/**
 * Opens them.
 *
 * @param transport Sends the mails; the parts dispose of it.
 * @throws {RenderError} When a template is wrong or cannot be read.
 */
export async function openParts(
  settings: Settings,
  stores: readonly StoreName[],
  platform: Platform,
  transport: MailTransport,
  kept: Kept,
): Promise<Parts> {
  const { outbox, catchUp, measure } = kept;
  const { clock, random, randomBytes } = platform;
  const { domain } = settings.matrix;
  await using opened = new AsyncDisposableStack();
  const measured = opened.use(measure.transport(transport));
  const loaded = await openStores(settings, stores, platform);
  const identityStores = loaded.map(measure.store);
  const circuits = { invitations: new Circuit(clock), mails: new Circuit(clock) };
  const people = opened.use(
    joinPeople(
      settings,
      identityStores,
      platform,
      (_user, result) => reportLookup(circuits.invitations, result),
    ),
  );
  const knowledge = opened.use(await openKnowledge(settings, platform));
  const memberships = opened.use(openMemberships(settings, platform));
  const rooms = await openRooms(settings);
  const renderer = openRenderer(settings, (warning) => log.warn("template warning", { warning }));
  const stopping = openStopping(settings, outbox, platform);
  const newMessageId = () => messageId(randomBytes, domainOf(sender(settings).address));
  const { redirectTo, limits, reminder, activeWithin, delay } = settings.notify;
  const http = createHttpApp({
    hsToken: settings.appsvc.endpoint.toAS.token,
    previousHsToken: settings.appsvc.endpoint.toAS.previousToken,
    clock,
    accept: measure.accept(acceptor(settings, kept, platform)),
    stopPages: stopping?.pages,
    bounceWebhook: bounceWebhook(settings, outbox, clock),
  });
  const deliveries: DeliverOptions = {
    outbox,
    transport: measured,
    renderer,
    from: sender(settings),
    returnPath: returnPathOf(settings, outbox.secret),
    redirectTo,
    model: { ...modelOptions(settings, renderer), stopLink: stopping?.link },
    headers: headerOptions(settings, outbox.secret),
    clock,
    random,
    hungMails: kept.hungMails,
    newMessageId,
    reminder,
    quietHours: quietHoursOf(settings),
    knowledge,
    activeWithin,
    circuit: circuits.mails,
    refusals: new AlikeRefusals(clock),
  };
  const sweep = memberships && {
    ...{ outbox, memberships, clock, delay },
    rules: membershipRules(settings),
    added: tellsAdded(settings),
  };
  const checked = {
    ...{ stores: identityStores, transport: measured, stopping, knowledge, clock },
    activity: activeWithin !== undefined || tellsAdded(settings),
    deadline: settings.notify.lookup.timeout,
  };
  const rest = opened.move();
  return {
    settings,
    circuits,
    answer: http.fetch,
    work: {
      outbox,
      catchUp,
      homeserver: openHomeserverClient(settings, platform),
      lookups: {
        ...{ outbox, people, knowledge, domain, clock, random, newMessageId },
        rooms,
        policy: policyOf(settings),
        circuit: circuits.invitations,
      },
      deliveries,
      claims: kept.claimsWithin(sendRate(settings)),
      concurrency: transport.concurrency,
      limits,
      retention: settings.storage.retention,
      sweep,
      check: (signal) => checkParts(checked, signal),
      clock,
    },
    async load() {
      await renderer.load();
      await stopping?.renderer.load();
    },
    async checkTemplates() {
      await renderer.check();
      await stopping?.renderer.check();
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

function acceptor(
  settings: Settings,
  { outbox, catchUp }: Pick<Kept, "outbox" | "catchUp">,
  { clock }: Pick<Platform, "clock">,
): AppserviceOptions["accept"] {
  const rules = membershipRules(settings);
  const { delay, repeatAfter } = settings.notify;
  if (!settings.appsvc.enabled) return () => Promise.resolve({ kind: "accepted" });
  const onElsewhere = openElsewhereLog(rules.domain, clock);
  const added = tellsAdded(settings);
  const options = { outbox, clock, catchUp, rules, onElsewhere, delay, added, repeatAfter };
  return (body) => acceptTransaction(body, options);
}
