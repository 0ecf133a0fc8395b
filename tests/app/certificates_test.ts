import assert from "node:assert/strict";
import type { UserId } from "../../src/domain/user_id.ts";
import { ldapSection } from "../../src/identity/ldap/section.ts";
import { openLdapStores } from "../../src/identity/ldap/store.ts";
import { type IdentityStore, StoreError } from "../../src/identity/port.ts";
import { openSqlStore, sqlSection } from "../../src/identity/sql/store.ts";
import { keycloakSection, openKeycloakStore } from "../../src/identity/web/keycloak.ts";
import { masSection, openMasStore } from "../../src/identity/web/mas.ts";
import { openRestStore, restSection } from "../../src/identity/web/rest.ts";
import { openScimStore, scimSection } from "../../src/identity/web/scim.ts";
import {
  openSynapseAdminStore,
  synapseAdminSection,
} from "../../src/identity/web/synapse_admin.ts";
import { sendgridApiSection } from "../../src/mail/sendgrid/section.ts";
import { openSendgridTransport } from "../../src/mail/sendgrid/transport.ts";
import { openHomeserver } from "../../src/matrix/client.ts";
import { Secret } from "../../src/settings/secret.ts";
import { systemClock } from "../../src/system/clock.ts";
import { systemRandom } from "../../src/system/random.ts";
import { CA, ELSEWHERE, UNRELATED_CA } from "../fakes/net/certificates.ts";
import {
  AUTHORITY,
  BY_AUTHORITY,
  BY_LEAF,
  CHAINED,
  CLIENT_ONLY,
  EXPIRED,
  FORGED,
  FUTURE,
  type Identity,
  INTERMEDIATE,
  LEAF,
  SELF_SIGNED,
  STOLEN,
  UNCHAINED,
  VERSION_1,
} from "../fakes/net/faulty_certificates.ts";
import { fetchTrusting } from "../fakes/net/http_client.ts";
import { type Preamble, startTlsFront } from "../fakes/net/tls_front.ts";
import { openSmtp } from "../mail/smtp/open_smtp.ts";
import { IS_THOROUGH, rowTest } from "../thorough.ts";

interface Row {
  readonly what: string;
  readonly identity: Identity;
  readonly ca: readonly string[];
  readonly host?: string;
  /** What is said about it; it is trusted without this. */
  readonly refused?: string;
}

const ISSUED_BY = (name: string) => `is issued by "${name}", which is not trusted here`;
const VERSION = "is of X.509 version 1, which cannot be verified";

const ROWS: readonly Row[] = [
  { what: "issued by the authority", identity: BY_AUTHORITY, ca: [AUTHORITY] },
  { what: "for an IP address", identity: BY_AUTHORITY, ca: [AUTHORITY], host: "127.0.0.1" },
  { what: "one of several authorities'", identity: BY_AUTHORITY, ca: [UNRELATED_CA + AUTHORITY] },
  {
    what: "another authority's",
    identity: BY_AUTHORITY,
    ca: [UNRELATED_CA],
    refused: ISSUED_BY("Test Authority"),
  },
  {
    what: "a private authority's, without tls.ca",
    identity: BY_AUTHORITY,
    ca: [],
    refused: ISSUED_BY("Test Authority"),
  },
  { what: "self-signed with CA:TRUE", identity: SELF_SIGNED, ca: [SELF_SIGNED.cert] },
  {
    what: "self-signed with CA:TRUE, beside others",
    identity: SELF_SIGNED,
    ca: [AUTHORITY, LEAF.cert, SELF_SIGNED.cert],
  },
  {
    what: "self-signed with CA:TRUE, unknown",
    identity: SELF_SIGNED,
    ca: [AUTHORITY],
    refused: "is self-signed and not trusted here",
  },
  {
    what: "another self-signed one of the same name",
    identity: SELF_SIGNED,
    ca: [LEAF.cert],
    refused: "is self-signed and not trusted here",
  },
  { what: "self-signed with CA:FALSE", identity: LEAF, ca: [LEAF.cert] },
  { what: "self-signed with CA:FALSE, beside others", identity: LEAF, ca: [AUTHORITY, LEAF.cert] },
  {
    what: "signed with the key of one with CA:FALSE",
    identity: BY_LEAF,
    ca: [LEAF.cert],
    refused: ISSUED_BY("localhost"),
  },
  { what: "of version 1", identity: VERSION_1, ca: [VERSION_1.cert], refused: VERSION },
  {
    what: "of version 1, with another key",
    identity: STOLEN,
    ca: [VERSION_1.cert],
    refused: VERSION,
  },
  {
    what: "forged with the authority's name",
    identity: FORGED,
    ca: [AUTHORITY],
    refused: VERSION,
  },
  {
    what: "expired",
    identity: EXPIRED,
    ca: [AUTHORITY],
    refused: "expired on 2020-01-31",
  },
  {
    what: "not yet valid",
    identity: FUTURE,
    ca: [AUTHORITY],
    refused: "is not valid before 2110-01-01",
  },
  { what: "for clients", identity: CLIENT_ONLY, ca: [AUTHORITY], refused: "is not for servers" },
  {
    what: "for another name",
    identity: ELSEWHERE,
    ca: [CA],
    refused: 'is for "mail.example.net", not for "localhost"',
  },
  {
    what: "without its intermediate one",
    identity: UNCHAINED,
    ca: [AUTHORITY],
    refused: ISSUED_BY("Test Intermediate"),
  },
  { what: "with its intermediate one", identity: CHAINED, ca: [AUTHORITY] },
  { what: "of a trusted intermediate one", identity: UNCHAINED, ca: [INTERMEDIATE] },
];

const text = (value: string) => new TextEncoder().encode(value);

// The response to an extended request (RFC 4511, section 4.12), to which ldapts' message ID is 1.
const LDAP_STARTTLS: Preamble = {
  answers: [Uint8Array.of(0x30, 12, 2, 1, 1, 0x78, 7, 10, 1, 0, 4, 0, 4, 0)],
};
const SMTP_STARTTLS: Preamble = {
  greeting: text("220 localhost ESMTP\r\n"),
  answers: [text("250-localhost\r\n250 STARTTLS\r\n"), text("220 go ahead\r\n")],
};
const SMTP_TLS: Preamble = { answers: [], secureGreeting: text("220 localhost ESMTP\r\n") };
const POSTGRESQL: Preamble = { answers: [text("S")] };

// Protocol 10 with CLIENT_SSL, CLIENT_PROTOCOL_41 and CLIENT_PLUGIN_AUTH.
function mysqlGreeting(): Uint8Array {
  const body = [
    ...[10, ...text("8.0.36"), 0, 1, 0, 0, 0],
    ...[...text("12345678"), 0],
    ...[0x00, 0x8a, 45, 2, 0, 0x08, 0x00, 21],
    ...Array(10).fill(0),
    ...[...text("123456789012"), 0],
    ...[...text("mysql_native_password"), 0],
  ];
  return Uint8Array.from([body.length, 0, 0, 0, ...body]);
}

/** Something that connects. `check` returns what it says about the failure. */
interface Client {
  readonly name: string;
  readonly preamble?: Preamble;
  /** Where the remedy is, if it is the name that is wrong. */
  readonly hostKey?: string;
  check(host: string, port: number, ca: readonly string[]): Promise<string>;
}

const clock = systemClock;
const NOBODY = "@nobody:example.org" as UserId;

async function complaintOf(store: IdentityStore | undefined): Promise<string> {
  assert.ok(store);
  await using opened = store;
  const error = await opened.findProfile(NOBODY).then(() => undefined, (error) => error);
  assert.ok(error instanceof StoreError);
  return `${error.kind}: ${error.message}`;
}

function web(
  name: string,
  open: (url: string, dependencies: { fetch: typeof fetch; clock: typeof clock }) => IdentityStore,
): Client {
  return {
    name,
    hostKey: name === "rest" ? "rest.host" : `${name}.url`,
    check: (host, port, ca) =>
      complaintOf(open(`https://${host}:${port}`, { fetch: fetchTrusting(...ca), clock })),
  };
}

function ldap(tls: true | "starttls"): Client {
  return {
    name: `ldap, tls: ${tls}`,
    hostKey: "connection.host",
    ...(tls === true ? {} : { preamble: LDAP_STARTTLS }),
    check(host, port, authorities) {
      const connection = { host, port, tls, baseDNs: ["dc=org"] };
      const section = ldapSection.parse({ enabled: true, connection });
      const [store] = openLdapStores(section, "ldap", {
        domain: "example.org",
        clock,
        authorities,
      });
      return complaintOf(store);
    },
  };
}

function sql(type: "postgresql" | "mysql", preamble: Preamble): Client {
  return {
    name: type,
    preamble,
    hostKey: "connection",
    check(host, port, authorities) {
      const connection = `//${host}:${port}/people?user=mxisd&password=x&sslMode=VERIFY_IDENTITY`;
      const section = sqlSection.parse({ enabled: true, type, connection });
      const dependencies = { domain: "example.org", clock, authorities, timeout: 10_000 };
      return complaintOf(openSqlStore(section, dependencies));
    },
  };
}

function smtp(tls: 2 | 3): Client {
  return {
    name: `smtp, tls: ${tls}`,
    preamble: tls === 3 ? SMTP_TLS : SMTP_STARTTLS,
    async check(host, port, ca) {
      await using transport = openSmtp(port, { host, tls, ca });
      const failure = await transport.check();
      return failure?.reason ?? "";
    },
  };
}

const CLIENTS: readonly Client[] = [
  web("rest", (host, dependencies) => {
    // One endpoint: a request that is aborted because another one has failed leaves the lookup of the
    // host's name behind, which nothing can end.
    const endpoints = { profile: { displayName: "", roles: "" } };
    return openRestStore(restSection.parse({ enabled: true, host, endpoints }), dependencies);
  }),
  web(
    "scim",
    (url, dependencies) => openScimStore(scimSection.parse({ enabled: true, url }), dependencies),
  ),
  web("keycloak", (url, dependencies) => {
    const client = { realm: "r", clientId: "c", clientSecret: "s" };
    return openKeycloakStore(
      keycloakSection.parse({ enabled: true, url, ...client }),
      dependencies,
    );
  }),
  web("synapseAdmin", (url, dependencies) => {
    const section = synapseAdminSection.parse({ enabled: true, url, token: "t" });
    return openSynapseAdminStore(section, { ...dependencies, domain: "example.org" });
  }),
  web("mas", (url, dependencies) => {
    const client = { clientId: "c", clientSecret: "s" };
    return openMasStore(masSection.parse({ enabled: true, url, ...client }), dependencies);
  }),
  ldap(true),
  ldap("starttls"),
  sql("postgresql", POSTGRESQL),
  sql("mysql", { greeting: mysqlGreeting(), answers: [new Uint8Array()], requestBytes: 36 }),
  smtp(2),
  smtp(3),
  {
    name: "sendgrid",
    async check(host, port, ca) {
      const url = `https://${host}:${port}`;
      const section = sendgridApiSection.parse({ key: "SG.x", url });
      const dependencies = { clock, fetch: fetchTrusting(...ca) };
      await using transport = openSendgridTransport(section, dependencies);
      return (await transport.check())?.reason ?? "";
    },
  },
  {
    name: "homeserver",
    hostKey: "appsvc.endpoint.toHS.url",
    async check(host, port, ca) {
      const result = await openHomeserver({
        url: `https://${host}:${port}`,
        registrationId: "appservice-mxisd",
        asToken: new Secret("as-token-0123456789"),
        hsToken: new Secret("hs-token-0123456789"),
        fetch: fetchTrusting(...ca),
        timeout: 10_000,
        clock,
        random: systemRandom,
      }).ping();
      return result.kind === "failed" ? `misconfigured: ${result.reason}: ${result.advice}` : "";
    },
  },
];

// Each of the others makes its requests as the identity store by REST does.
const QUICK: readonly string[] = [
  "rest",
  "ldap, tls: starttls",
  "postgresql",
  "mysql",
  "smtp, tls: 2",
];

// Which certificates are trusted is decided in one place: the first client shows all of it, and the others
// that they ask it.
const QUICK_ROWS: readonly string[] = [
  "issued by the authority",
  "another authority's",
  "expired",
  "for another name",
];

for (const client of CLIENTS) {
  rowTest(QUICK.includes(client.name))(
    `${client.name}: a certificate is trusted, or refused for its reason`,
    async (t) => {
      for (const { what, identity, ca, host = "localhost", refused } of ROWS) {
        const name = `${what}: ${refused === undefined ? "trusted" : "refused"}`;
        const ignore = !IS_THOROUGH && client.name !== "rest" && !QUICK_ROWS.includes(what);
        await t.step({
          name,
          ignore,
          fn: async () => {
            await using server = await startTlsFront(identity, client.preamble);
            const complaint = await client.check(host, server.port, ca);
            if (refused === undefined) {
              assert.ok(server.trusted > 0, complaint);
              assert.doesNotMatch(complaint, /certificate/);
              return;
            }
            assert.equal(server.trusted, 0, "something was sent to a server that is not trusted");
            assert.ok(complaint.includes(refused), complaint);
            if (client.hostKey === undefined) return;
            assert.match(complaint, new RegExp(`^misconfigured: .*${host}:${server.port}`));
            if (what === "for another name") {
              assert.ok(complaint.includes(client.hostKey), complaint);
            }
          },
        });
      }
    },
  );
}
