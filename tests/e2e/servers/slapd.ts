/**
 * A real OpenLDAP server on loopback, in its own folder.
 *
 * @module
 */

import { CA, LOCALHOST } from "../../fakes/net/certificates.ts";
import { Child } from "../../process/child.ts";
import { freePort } from "../../process/free_port.ts";
import { runToEnd } from "../../process/run_to_end.ts";
import { suspend } from "../../process/suspend.ts";
import { installed } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";
import { type Attributes, ldifEntry } from "./ldif.ts";

/** The account that may read it. */
export const READER = { dn: "cn=reader,dc=example,dc=org", password: "r3ader-s3cret" };

/** The first domain. */
export const FIRST_SUFFIX = "dc=example,dc=org";

/** A domain, which has a database of its own. */
export interface SlapdDomain {
  /** The topmost entry. */
  readonly suffix: string;
  /** The entries below `ou=people`, by their `cn`. */
  readonly people: readonly (Attributes & { readonly cn: string })[];
}

/** How to start it. */
export interface SlapdOptions {
  /** Its domains; the first one is `dc=example,dc=org`, where the reader is. */
  readonly domains: readonly SlapdDomain[];
  /** What may be read without a login, as in slapd's `access` rules. Default: nothing. */
  readonly anonymous?: "read" | "none";
  /** Its certificate and key. Default: those for localhost. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** More lines for its configuration. */
  readonly settings?: string;
}

/** A running server. */
export interface Slapd extends AsyncDisposable {
  /** The port of LDAP and STARTTLS. */
  readonly port: number;
  /** The port of LDAPS. */
  readonly securePort: number;
  /** Stops it, with SIGTERM by default. */
  down(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Starts it again, with the same people. */
  up(): Promise<void>;
  /** Suspends it. */
  stall(): Promise<void>;
  /** Lets it go on. */
  resume(): void;
}

/** Starts it and waits until it responds. */
export async function startSlapd(options: SlapdOptions): Promise<Slapd> {
  const slapd = await installed("/usr/sbin/slapd");
  const folder = await tempFolder();
  const [port, securePort] = [freePort(), freePort()];
  let child: Child | undefined;

  async function up(): Promise<void> {
    const urls = `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${securePort}`;
    child = new Child({
      name: "slapd",
      command: [slapd, "-f", `${folder.path}/slapd.conf`, "-h", urls, "-d", "conns"],
      cwd: folder.path,
    });
    // It logs this once it listens; "slapd starting" comes earlier.
    await child.line((line) => line.includes("daemon: epoll: listen="), 10_000);
  }

  async function dispose(): Promise<void> {
    await child?.[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  }

  try {
    await writeSettings(folder.path, options);
    for (const [index, domain] of options.domains.entries()) {
      await load(folder.path, index, domain);
    }
    await up();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    port,
    securePort,
    async down(signal) {
      await child?.stop(signal);
      child = undefined;
    },
    up,
    async stall() {
      if (child) await suspend(child.pid);
    },
    resume: () => child?.signal("SIGCONT"),
    [Symbol.asyncDispose]: dispose,
  };
}

/** The section `connection` for logging in as the reader, below the first domain. */
export function connectionTo(slapd: Slapd, tls: unknown): object {
  return {
    host: "127.0.0.1",
    port: tls === true ? slapd.securePort : slapd.port,
    tls,
    bindDn: READER.dn,
    bindPassword: READER.password,
    baseDNs: [FIRST_SUFFIX],
  };
}

async function writeSettings(folder: string, options: SlapdOptions): Promise<void> {
  await Deno.writeTextFile(`${folder}/ca.pem`, CA);
  const { cert, key } = options.certificate ?? LOCALHOST;
  await Deno.writeTextFile(`${folder}/server.pem`, cert);
  await Deno.writeTextFile(`${folder}/server.key`, key, { mode: 0o600 });
  const schemas = ["core", "cosine", "inetorgperson"];
  const databases = options.domains.map(({ suffix }, index) => `
database mdb
suffix "${suffix}"
directory ${folder}/${index}
maxsize 10485760
index uid eq
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${READER.dn}" read by anonymous ${options.anonymous ?? "none"} by * none
`);
  for (const index of options.domains.keys()) await Deno.mkdir(`${folder}/${index}`);
  const settings = `${schemas.map((name) => `include /etc/ldap/schema/${name}.schema\n`).join("")}
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${folder}/pid
TLSCACertificateFile ${folder}/ca.pem
TLSCertificateFile ${folder}/server.pem
TLSCertificateKeyFile ${folder}/server.key
${options.settings ?? ""}
${databases.join("")}`;
  await Deno.writeTextFile(`${folder}/slapd.conf`, settings);
}

async function load(folder: string, index: number, domain: SlapdDomain): Promise<void> {
  const { suffix, people } = domain;
  const dc = /^dc=([^,]+)/.exec(suffix)?.[1] ?? "";
  const ldif = [
    ldifEntry(suffix, { objectClass: ["dcObject", "organization"], dc, o: dc }),
    ldifEntry(`ou=people,${suffix}`, { objectClass: "organizationalUnit", ou: "people" }),
    ...people.map((person) =>
      ldifEntry(`cn=${person.cn},ou=people,${suffix}`, {
        objectClass: "inetOrgPerson",
        sn: "x",
        ...person,
      })
    ),
  ];
  if (READER.dn.endsWith(suffix)) {
    const account = { objectClass: ["organizationalRole", "simpleSecurityObject"], cn: "reader" };
    ldif.push(ldifEntry(READER.dn, { ...account, userPassword: READER.password }));
  }
  const file = `${folder}/${index}.ldif`;
  await Deno.writeTextFile(file, ldif.join(""));
  const slapadd = await installed("/usr/sbin/slapadd");
  const { code, errors } = await runToEnd([
    ...[slapadd, "-q", "-f", `${folder}/slapd.conf`] as const,
    ...["-b", suffix, "-l", file],
  ]);
  if (code !== 0) throw new Error(`slapadd: ${errors}`);
}
