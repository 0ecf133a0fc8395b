/**
 * Checks a deployment, part by part.
 *
 * @module
 */

import { sender } from "../app/brand.ts";
import { openHomeserverClient } from "../app/homeserver.ts";
import { masterSecret } from "../app/notify_options.ts";
import { inspectOutboxServer, openOutboxBeside, outboxFile, outboxName } from "../app/outbox.ts";
import type { Platform } from "../app/platform.ts";
import { pageProof } from "../app/public_url.ts";
import { openStores } from "../app/stores.ts";
import { openTransport } from "../app/transport.ts";
import { wantedRegistration } from "../config/registration/wanted.ts";
import type { Settings, StoreName } from "../config/sections/settings.ts";
import { transportKind } from "../config/sections/transport_kind.ts";
import { domainOf } from "../domain/email_address.ts";
import { readSynapseQueue } from "../identity/sql/synapse_queue.ts";
import { asciiDomain } from "../mail/compose/envelope.ts";
import type { Homeserver, VersionsResult } from "../matrix/port.ts";
import { timeLimit } from "../net/timeout.ts";
import type { Outbox } from "../outbox/port.ts";
import { MINUTE } from "../settings/duration.ts";
import { checkClock } from "./clock.ts";
import { checkDatabase } from "./database.ts";
import { checkSenderRecords, type SenderFacts } from "./dns/check.ts";
import type { Resolver } from "./dns/port.ts";
import { type Check, error, type Finding, type Part, PARTS, skipped } from "./finding.ts";
import { checkHomeserver } from "./homeserver.ts";
import { checkMail } from "./mail.ts";
import { checkPublished } from "./published.ts";
import { checkRegistrationFile } from "./registration.ts";
import { checkService, findService } from "./service.ts";
import { checkStores } from "./stores.ts";
import { checkSynapseQueue } from "./synapse.ts";
import { checkTemplates } from "./templates.ts";

/** The longest that a part may take, in milliseconds. */
const MAX_PART_MS = MINUTE;

/** A deployment. */
export interface Deployment {
  readonly settings: Settings;
  /** The enabled identity stores. */
  readonly stores: readonly StoreName[];
  readonly platform: Platform;
  readonly resolver: Resolver;
}

/** The parts that are checked beside the configuration and its files. */
export type LivePart = Exclude<Part, "configuration" | "files">;

/** Those parts, in the order in which they are reported. */
export const LIVE_PARTS: readonly LivePart[] = PARTS.filter((part) => {
  return part !== "configuration" && part !== "files";
}) as LivePart[];

/**
 * Checks the parts, those that wait for others at once. It never rejects, and every part ends within
 * a minute.
 */
export async function examine(
  deployment: Deployment,
  parts: readonly Part[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { settings, platform } = deployment;
  await using opened = new AsyncDisposableStack();
  const homeserver = openHomeserverClient(settings, platform);
  const { host, port } = settings.server;
  const { url } = settings.appsvc.endpoint.toAS;
  const service = await findService({ host, port, url }, platform, signal);
  let outbox: Outbox | undefined;
  // The only ones that compute for long, so before those that have to answer in time.
  const database = () => {
    return checkDatabase({
      file: outboxFile(settings),
      name: outboxName(settings),
      service,
      inspect: () => inspectOutboxServer(settings, platform),
      open: () => openOutboxBeside(settings, platform),
      onOpened: (found) => outbox = opened.use(found),
    });
  };
  const needsSecret = parts.includes("publicUrl");
  const databaseChecks = parts.includes("database") || needsSecret
    ? await within("database", platform, signal, async () => await database())
    : [];
  const templateChecks = parts.includes("templates")
    ? await within(
      "templates",
      platform,
      signal,
      () => checkTemplates(settings, platform.clock.now()),
    )
    : [];
  const needsVersions = parts.includes("clock") || parts.includes("homeserver");
  const asked = needsVersions ? askVersions(homeserver, platform, signal) : undefined;
  const checkers: Readonly<Record<LivePart, (signal: AbortSignal) => Promise<readonly Check[]>>> = {
    database: () => Promise.resolve(databaseChecks),
    clock: async () => {
      const { versions, at } = await (asked ?? askVersions(homeserver, platform, signal));
      return [checkClock(versions, at)];
    },
    templates: () => Promise.resolve(templateChecks),
    stores: (signal) => examineStores(deployment, signal),
    mail: (signal) => examineMail(deployment, signal),
    dns: (signal) => examineDns(deployment, signal),
    homeserver: async (signal) => {
      const { versions } = await (asked ?? askVersions(homeserver, platform, signal));
      const { endpoint: { toHS, toAS }, registration, user } = settings.appsvc;
      const swapped = openHomeserverClient({
        ...settings,
        appsvc: {
          ...settings.appsvc,
          endpoint: { ...settings.appsvc.endpoint, toHS: { ...toHS, token: toAS.token } },
        },
      }, platform);
      return [
        checkService(service),
        ...await checkHomeserver({
          homeserver,
          swapped,
          versions,
          service,
          domain: settings.matrix.domain,
          url: toHS.url,
          localpart: user.main,
          hasToken: toHS.token !== undefined,
        }, signal),
        ...checkRegistrationFile(registration.synapse.file, wantedRegistration(settings)),
      ];
    },
    publicUrl: async (signal) => {
      const { publicUrl } = settings.server;
      if (publicUrl === undefined) return await checkPublished(undefined, service, signal);
      if (outbox === undefined) {
        const seen = "the service's secret is in its database, which could not be opened";
        return [skipped("pages", seen)];
      }
      const proof = pageProof(masterSecret(settings, outbox.secret));
      return await checkPublished({ ...platform, publicUrl, proof }, service, signal);
    },
    synapse: (signal) => examineSynapse(deployment, service, signal),
  };
  const found = await Promise.all(
    LIVE_PARTS.filter((part) => parts.includes(part)).map(async (part) => {
      const checks = await within(part, platform, signal, checkers[part]);
      return checks.map((check): Finding => ({ part, ...check }));
    }),
  );
  return found.flat();
}

function examineStores(
  { settings, stores: names, platform }: Deployment,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  return disposing(async (opened) => {
    const stores = await openStores(settings, names, platform);
    for (const store of stores) opened.use(store);
    const { timeout: deadline } = settings.notify.lookup;
    return await checkStores(stores, { clock: platform.clock, deadline, signal });
  });
}

function examineMail(
  { settings, platform }: Deployment,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const { email } = settings.threepid.medium;
  const { smtp } = email.connectors;
  return checkMail({
    kind: transportKind(settings),
    smtp,
    open: ({ verified }) =>
      openTransport(
        verified ? withSmtp(settings, { ...smtp, tls: 2 }) : settings,
        platform,
      ),
  }, signal);
}

type SmtpSettings = Settings["threepid"]["medium"]["email"]["connectors"]["smtp"];

function withSmtp(settings: Settings, smtp: SmtpSettings): Settings {
  const { email } = settings.threepid.medium;
  const connectors = { ...email.connectors, smtp };
  return { ...settings, threepid: { medium: { email: { ...email, connectors } } } };
}

async function examineDns(
  { settings, resolver }: Deployment,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const kind = transportKind(settings);
  if (kind === "none" || kind === "file") {
    return [skipped("sender's domain", `no emails are sent: the connector is ${kind}`)];
  }
  const { smtp } = settings.threepid.medium.email.connectors;
  const from = asciiDomain(domainOf(sender(settings).address))?.toLowerCase();
  if (from === undefined) {
    return [error(
      "sender's domain",
      "the domain of the sender's address has no form in the DNS",
      "Correct threepid.medium.email.identity.from.",
    )];
  }
  const facts: SenderFacts = {
    from,
    // SendGrid has its own, for the bounces that it takes itself.
    envelope: kind === "sendgrid"
      ? undefined
      : asciiDomain(settings.notify.bounces.domain ?? from)?.toLowerCase(),
    signing: kind === "smtp" ? smtp.dkim : undefined,
    mailServer: kind === "smtp" ? smtp.host : undefined,
    isResolverChosen: settings.doctor.resolver !== undefined,
  };
  return await checkSenderRecords(facts, resolver, signal);
}

function examineSynapse(
  { settings, platform }: Deployment,
  service: Parameters<typeof checkSynapseQueue>[0]["service"],
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const { synapseSql, appsvc, notify } = settings;
  const { clock, authorities } = platform;
  const isConfigured = synapseSql.type !== undefined && synapseSql.connection?.reveal();
  const dependencies = { clock, authorities, timeout: notify.lookup.timeout };
  const { id } = appsvc.registration.synapse;
  return checkSynapseQueue({
    read: isConfigured
      ? (signal) => readSynapseQueue(synapseSql, dependencies, id, signal)
      : undefined,
    service,
    now: clock.now(),
  }, signal);
}

async function askVersions(
  homeserver: Homeserver,
  { clock }: Platform,
  signal: AbortSignal,
): Promise<{ readonly versions: VersionsResult; readonly at: number }> {
  const versions = await homeserver.versions(signal);
  return { versions, at: clock.now() };
}

// Runs a part's checks to their end or to the deadline; a defect in one hides no other part.
async function within(
  part: Part,
  { clock }: Pick<Platform, "clock">,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  using limit = timeLimit(clock, MAX_PART_MS);
  const ended = AbortSignal.any([signal, limit.signal]);
  const { promise: late, resolve } = Promise.withResolvers<readonly Check[]>();
  ended.addEventListener("abort", () => {
    resolve([
      signal.aborted
        ? skipped(part, "it was given up")
        : error(part, "no result within a minute", "See what it asks, and try again."),
    ]);
  }, { once: true });
  try {
    return await Promise.race([work(ended), late]);
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    return [error(part, `it could not be checked: ${reason}`, "Report this as a defect.")];
  }
}

async function disposing<Result>(
  work: (opened: AsyncDisposableStack) => Promise<Result>,
): Promise<Result> {
  await using opened = new AsyncDisposableStack();
  return await work(opened);
}
