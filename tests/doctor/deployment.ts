/**
 * A deployment on this machine that is as it should be: a homeserver, a mail server, the DNS, Synapse's
 * database and the running service.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { generateRegistration } from "../../src/config/registration/generate.ts";
import { Secret } from "../../src/settings/secret.ts";
import { systemRandom } from "../../src/system/random.ts";
import { type Differences, HS_TOKEN, makeWorkspace, type Workspace } from "../cli/workspace.ts";
import { DnsServer, type Zone } from "../fakes/doctor/dns/dns_server.ts";
import { rsaKey } from "../fakes/mail/dkim_keys.ts";
import { type ScriptedSmtp, startScriptedSmtp } from "../fakes/mail/scripted_smtp.ts";
import { ScriptedHomeserver } from "../fakes/matrix/scripted_homeserver.ts";
import { CA, LOCALHOST } from "../fakes/net/certificates.ts";
import type { Child } from "../process/child.ts";
import { serve } from "../process/program.ts";

/** The as_token. */
export const AS_TOKEN = "as-VDxUpXFqbN4Qh2rK-doctor";
/** The password at the mail server. */
export const PASSWORD = "mail-p4ssword-of-the-doctor";
/** The keys of the mail server. */
export const SMTP = "threepid.medium.email.connectors.smtp";

const KEY = rsaKey(2048);

/** The deployment. */
export interface Deployment extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly homeserver: ScriptedHomeserver;
  readonly mail: ScriptedSmtp;
  readonly dns: DnsServer;
  readonly service: Child;
  /** Writes another file with these differences beside the one of the service; returns its path. */
  configure(differences: Differences): Promise<string>;
  /** Makes everything as it should be again, but for what the last one changed in files. */
  mend(): Promise<void>;
  /** Without what differs from run to run. */
  normalise(text: string): string;
}

/** The records of the sender's domain. */
export function healthyZone(): Zone {
  return {
    "example.org": { MX: ["10 mail.example.org"], TXT: ["v=spf1 mx -all"] },
    "a._domainkey.example.org": { TXT: [`v=DKIM1; k=rsa; p=${KEY.record}`] },
    "_dmarc.example.org": { TXT: ["v=DMARC1; p=reject"] },
    "localhost": { A: ["203.0.113.7"] },
    "7.113.0.203.in-addr.arpa": { PTR: ["localhost"] },
  };
}

/** The answers of a homeserver that reaches the service. */
export function healthyReplies(): ScriptedHomeserver["replies"] {
  return { [AS_TOKEN]: () => Response.json({ duration_ms: 3 }) };
}

/** Makes Synapse's tables of its queue, with nothing in them that waits. */
export function makeSynapseDatabase(file: string, now: number): void {
  using database = new DatabaseSync(file);
  database.exec(`
    BEGIN;
    CREATE TABLE application_services_state (as_id TEXT PRIMARY KEY, state TEXT);
    CREATE TABLE application_services_txns (as_id TEXT, txn_id INTEGER, event_ids TEXT);
    CREATE TABLE appservice_stream_position (Lock TEXT, stream_ordering BIGINT);
    CREATE TABLE events (event_id TEXT, stream_ordering BIGINT, received_ts BIGINT,
      outlier BOOL, rejection_reason TEXT);
    INSERT INTO application_services_state VALUES ('appservice-mxisd', 'up');
    INSERT INTO appservice_stream_position VALUES ('X', 2);
    INSERT INTO events VALUES
      ('$one', 1, ${now - 20 * 86_400_000}, 0, NULL),
      ('$two', 2, ${now}, 0, NULL),
      ('$outlier', 3, ${now - 86_400_000}, 1, NULL),
      ('$rejected', 4, ${now - 86_400_000}, 0, 'auth_error');
    COMMIT;
  `);
}

/** Starts it. */
export async function startDeployment(): Promise<Deployment> {
  await using stack = new AsyncDisposableStack();
  const homeserver = stack.use(new ScriptedHomeserver(healthyReplies()));
  const mail = stack.use(startScriptedSmtp({ tls: LOCALHOST, extensions: ["AUTH PLAIN LOGIN"] }));
  const dns = stack.use(new DnsServer(healthyZone()));
  await dns.ready;
  const workspace = stack.use(await makeWorkspace());
  const { path, port } = workspace;
  const url = `http://127.0.0.1:${port}`;
  const healthy: Differences = {
    "appsvc.endpoint.toHS.url": homeserver.url,
    "appsvc.endpoint.toHS.token": { file: path("as_token") },
    "appsvc.registration.synapse.file": path("registration.yaml"),
    "synapseSql.type": "sqlite",
    "synapseSql.connection": path("homeserver.db"),
    [`${SMTP}.host`]: "localhost",
    [`${SMTP}.port`]: mail.port,
    [`${SMTP}.tls`]: 3,
    [`${SMTP}.login`]: "matrix",
    [`${SMTP}.password`]: { file: path("password") },
    [`${SMTP}.dkim`]: { domain: "example.org", selector: "a", key: { file: path("dkim.pem") } },
    "tls.ca": path("ca.pem"),
    "doctor.resolver": `127.0.0.1:${dns.port}`,
    "notify.sweep": false,
  };
  async function mend(): Promise<void> {
    homeserver.replies[AS_TOKEN] = healthyReplies()[AS_TOKEN] as never;
    homeserver.versions = () => Response.json({ versions: ["v1.11", "v1.12"] });
    homeserver.whoami = () => Response.json({ user_id: "@mxisd:example.org" });
    for (const token of Object.keys(homeserver.replies)) {
      if (token !== AS_TOKEN) delete homeserver.replies[token];
    }
    dns.zone = healthyZone();
    dns.fault = undefined;
    const registration = generateRegistration({
      domain: "example.org",
      id: "appservice-mxisd",
      url,
      senderLocalpart: "mxisd",
      asToken: new Secret(AS_TOKEN),
      hsToken: new Secret(HS_TOKEN),
    }, systemRandom);
    for (
      const [name, text] of [
        ...[["as_token", AS_TOKEN], ["password", PASSWORD], ["dkim.pem", KEY.pem]],
        ...[["ca.pem", CA], ["registration.yaml", registration]],
      ] as const
    ) {
      await Deno.remove(path(name)).catch(() => {});
      await Deno.writeTextFile(path(name), text, { mode: 0o600 });
    }
    await Deno.remove(path("homeserver.db")).catch(() => {});
    makeSynapseDatabase(path("homeserver.db"), Date.now());
  }
  await mend();
  await workspace.configure(healthy);
  const service = stack.use(await serve(workspace.folder));
  const moved = stack.move();
  return {
    workspace,
    homeserver,
    mail,
    dns,
    service,
    mend,
    async configure(differences) {
      const running = await Deno.readTextFile(path("mxisd.yaml"));
      await workspace.configure({ ...healthy, ...differences });
      await Deno.chmod(path("mxisd.yaml"), 0o600);
      const file = path("doctor.yaml");
      await Deno.remove(file).catch(() => {});
      await Deno.rename(path("mxisd.yaml"), file);
      await Deno.writeTextFile(path("mxisd.yaml"), running, { mode: 0o600 });
      return file;
    },
    normalise(text) {
      const ports: readonly (readonly [number, string])[] = [
        [port, "PORT"],
        [mail.port, "MAIL_PORT"],
        [dns.port, "DNS_PORT"],
        [Number(new URL(homeserver.url).port), "HOMESERVER_PORT"],
      ];
      const named = ports.reduce((text, [port, name]) => {
        return text.replaceAll(new RegExp(`:${port}\\b`, "g"), `:${name}`);
      }, text.replaceAll(workspace.folder, "FOLDER").replaceAll(KEY.record, "KEY"));
      return named.replaceAll(/(127\.0\.0\.1|localhost):\d+/g, "$1:OTHER_PORT")
        .replaceAll(/Tree \d+ page \d+/g, "Tree N page N")
        .replaceAll(/\d+ ms/g, "N ms").replaceAll(/[\d.]+ [KM]iB/g, "N MiB")
        .replaceAll(/version \d+/g, "version N").replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, "TIME")
        .replaceAll(/\d+ (minutes|seconds|emails)/g, "N $1");
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}
