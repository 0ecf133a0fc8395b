/**
 * Faults of a deployment, one each.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Differences, HS_TOKEN } from "../cli/workspace.ts";
import { startScriptedSmtp } from "../fakes/mail/scripted_smtp.ts";
import {
  OAUTH_CLIENT,
  refusal as tokenRefusal,
  TokenEndpointService,
} from "../fakes/mail/token_endpoint.ts";
import { refusal } from "../fakes/matrix/scripted_homeserver.ts";
import { LOCALHOST, UNRELATED_CA } from "../fakes/net/certificates.ts";
import { freePort } from "../process/free_port.ts";
import { AS_TOKEN, type Deployment, PASSWORD, SMTP } from "./deployment.ts";

/** A fault. */
export interface Fault {
  /** What is wrong. */
  readonly what: string;
  /** Breaks the deployment, and returns how the configuration differs. */
  readonly arrange: (
    deployment: Deployment,
    opened: AsyncDisposableStack,
  ) => Differences | void | Promise<Differences | void>;
  /** Whether it is tried where tests are quick: one of each part of the doctor. */
  readonly isQuick?: true;
  /** By default it is an error. */
  readonly result?: "warning";
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** All of them. */
export const FAULTS: readonly Fault[] = [
  { what: "a misspelt key", isQuick: true, arrange: () => ({ "notify.dealy": "10s" }) },
  {
    what: "a secret that everybody can read",
    isQuick: true,
    result: "warning",
    arrange: ({ workspace }) => Deno.chmod(workspace.path("password"), 0o644),
  },
  {
    what: "a file that everybody can change",
    result: "warning",
    arrange: ({ workspace }) => Deno.chmod(workspace.path("ca.pem"), 0o666),
  },
  {
    what: "a database that others can read",
    result: "warning",
    async arrange(deployment) {
      const differences = await copyDatabase(deployment, "open.db");
      await Deno.chmod(deployment.workspace.path("open.db"), 0o644);
      return differences;
    },
  },
  {
    what: "a database that is elsewhere",
    arrange: ({ workspace }) => ({
      "storage.provider.sqlite.database": workspace.path("missing.db"),
    }),
  },
  {
    what: "a database of another program",
    arrange: ({ workspace }) => ({
      "storage.provider.sqlite.database": workspace.path("homeserver.db"),
    }),
  },
  {
    what: "a damaged database",
    isQuick: true,
    async arrange(deployment) {
      const differences = await copyDatabase(deployment, "damaged.db");
      await damage(deployment.workspace.path("damaged.db"));
      return differences;
    },
  },
  {
    what: "clocks that differ by hours",
    isQuick: true,
    arrange({ homeserver }) {
      const date = new Date(Date.now() - 3.5 * 60 * MINUTE_MS).toUTCString();
      homeserver.versions = () => Response.json({ versions: ["v1.12"] }, { headers: { date } });
    },
  },
  {
    what: "clocks that differ by minutes",
    result: "warning",
    arrange({ homeserver }) {
      const date = new Date(Date.now() + 5.5 * MINUTE_MS).toUTCString();
      homeserver.versions = () => Response.json({ versions: ["v1.12"] }, { headers: { date } });
    },
  },
  {
    what: "a store that is down",
    isQuick: true,
    arrange: () => ({ "rest.enabled": true, "rest.host": `http://127.0.0.1:${freePort()}` }),
  },
  {
    what: "a store whose table is missing",
    arrange: ({ workspace }) => ({
      "sql.enabled": true,
      "sql.type": "sqlite",
      "sql.connection": workspace.path("homeserver.db"),
      "sql.profile.threepid.query": "SELECT address FROM people WHERE id = ?",
    }),
  },
  { what: "a mail server that is down", arrange: () => ({ [`${SMTP}.port`]: freePort() }) },
  {
    what: "a mail server that refuses the password",
    isQuick: true,
    arrange: (_deployment, opened) => {
      const refusing = opened.use(startScriptedSmtp({
        tls: LOCALHOST,
        extensions: ["AUTH PLAIN LOGIN"],
        plays: { auth: `535 5.7.8 Error: ${PASSWORD} is wrong` },
      }));
      return { [`${SMTP}.port`]: refusing.port };
    },
  },
  {
    what: "a mail server whose access token is refused",
    arrange: (_deployment, opened) => {
      const endpoint = opened.use(new TokenEndpointService());
      endpoint.scripted = () =>
        tokenRefusal("invalid_client", "AADSTS7000222: it has expired", 401);
      const { clientId } = OAUTH_CLIENT;
      const client = { clientId, clientSecret: PASSWORD, tokenUrl: `${endpoint.url}/oauth2/token` };
      return { [`${SMTP}.password`]: undefined, [`${SMTP}.oauth2`]: client };
    },
  },
  {
    what: "a mail server of an unknown authority",
    async arrange({ workspace }) {
      await Deno.writeTextFile(workspace.path("other.pem"), UNRELATED_CA, { mode: 0o600 });
      return { "tls.ca": workspace.path("other.pem") };
    },
  },
  {
    what: "a sender whose domain does not exist",
    arrange: ({ dns }) => void delete dns.zone["example.org"],
  },
  {
    what: "a resolver that does not answer",
    arrange: ({ dns }) => {
      dns.fault = "servfail";
    },
  },
  {
    what: "no SPF record",
    result: "warning",
    arrange: ({ dns }) => {
      dns.zone["example.org"] = { MX: ["10 mail.example.org"] };
    },
  },
  {
    what: "two SPF records",
    arrange: ({ dns }) => {
      const TXT = ["v=spf1 mx -all", "v=spf1 include:spf.example.net ~all\u{1b}[2J"];
      dns.zone["example.org"] = { MX: ["10 mail.example.org"], TXT };
    },
  },
  {
    what: "an SPF record that is not valid",
    arrange: ({ dns }) => {
      const TXT = ["v=spf1 ip4=192.0.2.1 mx\u{1b}[31m -all"];
      dns.zone["example.org"] = { MX: ["10 mail.example.org"], TXT };
    },
  },
  {
    what: "no DKIM key",
    arrange: ({ dns }) => void delete dns.zone["a._domainkey.example.org"],
  },
  {
    what: "another DKIM key",
    isQuick: true,
    arrange: ({ dns }) => {
      dns.zone["a._domainkey.example.org"] = { TXT: ["v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0"] };
    },
  },
  {
    what: "no DMARC record",
    result: "warning",
    arrange: ({ dns }) => void delete dns.zone["_dmarc.example.org"],
  },
  {
    what: "no reverse name",
    result: "warning",
    arrange: ({ dns }) => void delete dns.zone["7.113.0.203.in-addr.arpa"],
  },
  {
    what: "a homeserver that is down",
    isQuick: true,
    arrange: () => ({ "appsvc.endpoint.toHS.url": `http://127.0.0.1:${freePort()}` }),
  },
  {
    what: "a homeserver that is a web site",
    arrange({ homeserver }) {
      homeserver.versions = () => new Response("<h1>Welcome</h1>");
    },
  },
  {
    what: "a registration that the homeserver has not loaded",
    arrange: ({ homeserver }) => void delete homeserver.replies[AS_TOKEN],
  },
  {
    what: "swapped tokens",
    isQuick: true,
    arrange({ homeserver }) {
      // As the registration has them as well, only the homeserver knows.
      delete homeserver.replies[AS_TOKEN];
      homeserver.replies[HS_TOKEN] = () => Response.json({ duration_ms: 3 });
    },
  },
  {
    what: "a domain that is not the server name",
    arrange({ homeserver }) {
      homeserver.whoami = () => Response.json({ user_id: "@mxisd:matrix.example.org" });
    },
  },
  {
    what: "an as_token of another service",
    result: "warning",
    arrange({ homeserver }) {
      homeserver.whoami = () => Response.json({ user_id: "@bridge:example.org" });
    },
  },
  {
    what: "a homeserver that does not reach the service",
    arrange({ homeserver }) {
      homeserver.replies[AS_TOKEN] = () => refusal(502, "M_CONNECTION_FAILED");
    },
  },
  {
    what: "a registration with the regular expression of old instructions",
    arrange: async ({ workspace }) =>
      await edit(workspace.path("registration.yaml"), /'\^@.*'/, "'@*'"),
    result: "warning",
  },
  {
    what: "a registration with another URL",
    isQuick: true,
    arrange: async ({ workspace }) => {
      await edit(workspace.path("registration.yaml"), /url: .*/, "url: 'http://10.0.0.9:8090'");
      return {};
    },
  },
  {
    what: "another program on the port",
    async arrange({ workspace }, opened) {
      const { addr: { port } } = opened.use(Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        () => new Response("hello", { status: 418 }),
      ));
      const url = `http://127.0.0.1:${port}`;
      await edit(workspace.path("registration.yaml"), /url: .*/, `url: '${url}'`);
      return { "server.port": port, "appsvc.endpoint.toAS.url": url };
    },
  },
  {
    what: "a public URL of another web service",
    isQuick: true,
    arrange: ({ homeserver }, opened) => {
      const other = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        () => Response.redirect(`${homeserver.url}/login`),
      );
      opened.use(other);
      return { "server.publicUrl": `http://127.0.0.1:${other.addr.port}` };
    },
  },
  {
    what: "a Synapse that holds back transactions",
    arrange: ({ workspace }) =>
      inSynapse(
        workspace.path("homeserver.db"),
        `UPDATE application_services_state SET state = 'down';
         INSERT INTO application_services_txns VALUES
           ('appservice-mxisd', 10, '["$two"]'), ('appservice-mxisd', 9, '["$one"]'),
           ('another', 1, '[]')`,
      ),
  },
  {
    what: "a Synapse that is days behind",
    isQuick: true,
    arrange: ({ workspace }) =>
      inSynapse(
        workspace.path("homeserver.db"),
        `UPDATE appservice_stream_position SET stream_ordering = 0;
         UPDATE events SET received_ts = ${Date.now() - 3.5 * DAY_MS} WHERE event_id = '$two'`,
      ),
  },
  {
    what: "a database of Synapse without the tables",
    result: "warning",
    arrange: ({ workspace }) =>
      inSynapse(workspace.path("homeserver.db"), "DROP TABLE appservice_stream_position"),
  },
];

// As a backup copies it, so that it is whole.
async function copyDatabase({ workspace }: Deployment, name: string): Promise<Differences> {
  const file = workspace.path(name);
  {
    using outbox = new DatabaseSync(workspace.path("outbox.db"));
    outbox.prepare("VACUUM INTO ?").run(file);
  }
  await Deno.chmod(file, 0o600);
  // The secret of a copy is that of the service.
  return { "storage.provider.sqlite.database": file };
}

async function edit(file: string, pattern: RegExp, text: string): Promise<void> {
  const before = await Deno.readTextFile(file);
  assert.match(before, pattern);
  await Deno.writeTextFile(file, before.replace(pattern, text));
}

function inSynapse(file: string, sql: string): void {
  using database = new DatabaseSync(file);
  database.exec(sql);
}

// Overwrites the root page of a table's index, which is read only by whoever looks for it.
async function damage(file: string): Promise<void> {
  using database = new DatabaseSync(file, { readOnly: true });
  const page = Number(
    database.prepare(
      "SELECT max(rootpage) AS page FROM sqlite_master WHERE type = 'index'",
    ).get()?.page,
  );
  const size = Number(database.prepare("PRAGMA page_size").get()?.page_size);
  using handle = await Deno.open(file, { write: true });
  await handle.seek((page - 1) * size, Deno.SeekMode.Start);
  await handle.write(new Uint8Array(64).fill(0xAA));
}
