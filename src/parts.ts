/**
 * Makes each part of the service from the settings.
 *
 * @module
 */

import { brandOf, openLogo, registerUrl } from "./brand.ts";
import { mailWay } from "./config/mail_way.ts";
import type { Settings, StoreName } from "./config/settings.ts";
import { MINUTE, SECOND } from "./domain/duration.ts";
import { compileGlob } from "./domain/glob.ts";
import type { Mailbox } from "./domain/message.ts";
import { roomLink, viaServers } from "./domain/room_link.ts";
import { chainStores, type IdentityChain } from "./identity/chain.ts";
import { openExecStore } from "./identity/exec.ts";
import { openLdapStores } from "./identity/ldap.ts";
import { openFirebaseStore } from "./identity/firebase.ts";
import { openKeycloakStore } from "./identity/keycloak.ts";
import { openMasStore } from "./identity/mas.ts";
import { openMemoryStore } from "./identity/memory.ts";
import type { IdentityStore, RoomDirectory } from "./identity/port.ts";
import { openRestStore } from "./identity/rest.ts";
import { openScimStore } from "./identity/scim.ts";
import { openSqlStore } from "./identity/sql.ts";
import { openSynapseRooms } from "./identity/synapse_rooms.ts";
import { openSynapseAdminStore } from "./identity/synapse_admin.ts";
import { openSynapseSqlStore } from "./identity/synapse_sql.ts";
import { openWordpressStore } from "./identity/wordpress.ts";
import { openLegacyRenderer } from "./legacy_template.ts";
import { openFileTransport } from "./mail/file.ts";
import { openNoneTransport } from "./mail/none.ts";
import type { MailTransport } from "./mail/port.ts";
import { openSendgridTransport } from "./mail/sendgrid.ts";
import { openSendmailTransport } from "./mail/sendmail.ts";
import { LONGEST_SEND, openSmtpTransport, type SmtpDependencies } from "./mail/smtp.ts";
import { openHomeserver } from "./matrix/client.ts";
import type { Homeserver } from "./matrix/port.ts";
import type { ModelOptions } from "./notify/mail_model.ts";
import type { MembershipRules } from "./notify/membership_event.ts";
import { messageId } from "./notify/message_id.ts";
import { stopHash } from "./notify/stop_hash.ts";
import type { Policy } from "./notify/resolve.ts";
import type { Outbox } from "./outbox/port.ts";
import { openSqliteOutbox } from "./outbox/sqlite.ts";
import type { Platform } from "./platform.ts";
import { openLiquidRenderer } from "./render/liquid.ts";
import type { Renderer } from "./render/port.ts";
import { readTemplateFolder } from "./render/template_folder.ts";

// How long the homeserver may take to answer a request for a ping: it tries for 60 s itself.
const PING_TIMEOUT = 70 * SECOND;
// Longer than all the lookups for an invitation together.
const SHORTEST_LEASE = 15 * MINUTE;

/**
 * Opens the outbox.
 *
 * @param owner `false` for commands that look on beside the running service.
 * @throws {OutboxError} `refused` when the file has another owner, is not ours or is newer.
 */
export function openOutbox(
  settings: Settings,
  { clock }: Platform,
  { owner } = { owner: true },
): Outbox {
  const { notify, storage, threepid } = settings;
  const from = sender(settings).address;
  const domain = from.slice(from.lastIndexOf("@") + 1);
  const { timeout } = threepid.medium.email.connectors.smtp;
  return openSqliteOutbox({
    // The configuration fills it in where the file does not have it.
    file: storage.provider.sqlite.database ?? "appservice-mxisd.db",
    clock,
    maxAge: notify.maxAge,
    lease: Math.max(SHORTEST_LEASE, LONGEST_SEND * timeout + MINUTE),
    messageId: (secret, mail) => messageId(secret, notify.secret?.reveal(), mail, domain),
    stopHash: (secret) => stopHash(notify.secret?.reveal() ?? secret),
    owner,
  });
}

/** The identity stores that are enabled, in the order of the configuration. */
export function openStores(
  settings: Settings,
  order: readonly StoreName[],
  platform: Platform,
): readonly IdentityStore[] {
  const { domain } = settings.matrix;
  const directories = { domain, ...platform };
  const databases = { ...platform, domain, timeout: settings.notify.lookup.timeout };
  const openers: Readonly<Record<StoreName, () => IdentityStore | readonly IdentityStore[]>> = {
    memory: () => openMemoryStore(settings.memory, { domain, clock: platform.clock }),
    synapseSql: () => openSynapseSqlStore(settings.synapseSql, databases),
    synapseAdmin: () => openSynapseAdminStore(settings.synapseAdmin, directories),
    sql: () => openSqlStore(settings.sql, databases),
    wordpress: () => openWordpressStore(settings.wordpress, databases),
    rest: () => openRestStore(settings.rest, platform),
    ldap: () => openLdapStores(settings.ldap, "ldap", directories),
    netiq: () => openLdapStores(settings.netiq, "netiq", directories),
    exec: () => openExecStore(settings.exec, platform),
    mas: () => openMasStore(settings.mas, platform),
    keycloak: () => openKeycloakStore(settings.keycloak, platform),
    firebase: () => openFirebaseStore(settings.firebase, platform),
    scim: () => openScimStore(settings.scim, platform),
  };
  return order.flatMap((name) => openers[name]());
}

/** The identity stores as one. */
export function openPeople(
  settings: Settings,
  order: readonly StoreName[],
  platform: Platform,
): IdentityChain {
  const { timeout, keep, incomplete } = settings.notify.lookup;
  const { clock } = platform;
  const stores = openStores(settings, order, platform);
  return chainStores(stores, { clock, deadline: timeout, keep, incomplete });
}

/** Where rooms have names: Synapse's database, also when people are not looked up in it. */
export function openRooms({ synapseSql }: Settings): RoomDirectory | undefined {
  const { type, connection } = synapseSql;
  const file = connection?.reveal();
  return type === "sqlite" && file ? openSynapseRooms(file) : undefined;
}

/** Whatever carries mails away. */
export function openTransport(
  settings: Settings,
  { authorities, ...platform }: Platform,
  onDialogue?: SmtpDependencies["onDialogue"],
): MailTransport {
  const { smtp, file } = settings.threepid.medium.email.connectors;
  const { sendgrid, sendmail } = settings.notification.handlers;
  const dependencies = { ...platform, ...(onDialogue ? { onDialogue } : {}) };
  const way = mailWay(settings);
  if (way === "none") return openNoneTransport();
  if (way === "file" && file) return openFileTransport(file);
  if (way === "sendgrid") return openSendgridTransport(sendgrid.api, dependencies);
  if (way === "sendmail") return openSendmailTransport(sendmail, dependencies);
  return openSmtpTransport({ ...smtp, ca: authorities }, dependencies);
}

/**
 * Whatever writes mails: the built-in templates, or the legacy one that the configuration names.
 *
 * @param onWarning Hears what about a legacy template may not be as it was meant, a line each.
 * @throws {RenderError} When the legacy template is broken; the message has a line for each reason.
 * Also when the logo is.
 */
export function openRenderer(
  settings: Settings,
  onWarning: (line: string) => void = () => {},
): Renderer {
  const legacy = openLegacyRenderer(settings, {
    domain: settings.matrix.domain,
    from: sender(settings),
    registerUrl: registerUrl(settings),
  }, onWarning);
  if (legacy !== undefined) return legacy;
  const logo = openLogo(settings);
  const { templates } = settings.notify;
  return openLiquidRenderer({
    ...(logo === undefined ? {} : { logo }),
    ...(templates === undefined ? {} : { folder: readTemplateFolder(templates) }),
  });
}

/** The homeserver, as far as something is asked of it. */
export function openHomeserverClient(settings: Settings, platform: Platform): Homeserver {
  const { endpoint: { toHS, toAS }, registration } = settings.appsvc;
  const { clock, randomBytes, fetch } = platform;
  return openHomeserver({
    url: toHS.url,
    asToken: toHS.token,
    hsToken: toAS.token,
    ownUrl: toAS.url,
    registrationId: registration.synapse.id,
    random: randomBytes,
    timeout: PING_TIMEOUT,
    clock,
    fetch,
  });
}

/** Whom the mails come from: SendGrid's own identity goes before the usual one. */
export function sender({ notification, threepid }: Settings): Mailbox {
  const usual = threepid.medium.email.identity;
  const own = mailWay({ notification, threepid }) === "sendgrid"
    ? notification.handlers.sendgrid.identity
    : undefined;
  const address = own?.from ?? usual.from;
  // The configuration is refused without one.
  if (address === undefined) throw new TypeError("identity.from is missing");
  return { name: own?.name || usual.name, address };
}

/** Whose invites count. */
export function membershipRules({ matrix, appsvc, notify }: Settings): MembershipRules {
  const { main, inviteExpired } = appsvc.user;
  return {
    domain: matrix.domain,
    ownUsers: new Set([main, inviteExpired].map((name) => `@${name}:${matrix.domain}`)),
    maxAge: notify.maxAge,
  };
}

/** Who is mailed, and how much. */
export function policyOf({ notify }: Settings): Policy {
  return {
    only: notify.only.map(compileGlob),
    except: notify.except.map(compileGlob),
    addresses: notify.addresses,
    perInviter: notify.limits.perInviter,
  };
}

/** What mails are made with. */
export function modelOptions(settings: Settings, { languages }: Renderer): ModelOptions {
  const { matrix, notify } = settings;
  return {
    domain: matrix.domain,
    content: notify.content,
    brand: brandOf(settings),
    registerUrl: registerUrl(settings),
    timeZone: notify.timeZone,
    languages,
    language: notify.language,
    link: ({ roomId, inviter, alias }) =>
      roomLink(notify.link, {
        roomId,
        via: viaServers(roomId, inviter),
        ...(alias === undefined ? {} : { alias }),
      }),
  };
}
