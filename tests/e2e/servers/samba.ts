/**
 * A real domain controller of Active Directory, Samba, on loopback. Its ports are fixed, so only one
 * can run at a time.
 *
 * @module
 */

import { Client } from "ldapts";
import { CA, LOCALHOST } from "../../fakes/net/certificates.ts";
import { Child } from "../../process/child.ts";
import { runToEnd } from "../../process/run_to_end.ts";
import { installed } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";
import type { Attributes } from "./ldif.ts";

/** The domain's root. */
export const ROOT = "DC=example,DC=lan";
/** The administrator. */
export const ADMINISTRATOR = { dn: `CN=Administrator,CN=Users,${ROOT}`, password: "Adm1n-S3cret" };

/** A domain, whose controller can be started several times. */
export interface Domain extends AsyncDisposable {
  /** Starts the controller and waits until it responds. */
  start(): Promise<DomainController>;
}

/** A running domain controller. */
export interface DomainController extends AsyncDisposable {
  /** Adds entries, one after the other. */
  add(entries: Readonly<Record<string, Attributes>>): Promise<void>;
  /** Stops it. */
  down(): Promise<void>;
  /** Starts it again, with the same entries. */
  up(): Promise<void>;
}

/** Creates a domain, which takes some seconds. It needs root. */
export async function makeDomain(): Promise<Domain> {
  const samba = await installed("/usr/sbin/samba");
  const folder = await tempFolder();
  const settings = `${folder.path}/smb.conf`;
  try {
    await provision(folder.path);
    await writeSettings(folder.path, settings);
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
  return {
    start: () => startController(samba, folder.path, settings),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function startController(
  samba: string,
  folder: string,
  settings: string,
): Promise<DomainController> {
  let child: Child | undefined;

  async function up(): Promise<void> {
    const starting = child = new Child({
      name: "Samba",
      command: [
        ...[samba, "-F", "-M", "single", "--no-process-group"] as const,
        ...["--debug-stdout", "-d", "5", "-s", settings],
      ],
      cwd: folder,
    });
    await starting.line((line) => line.includes("ready to serve connections"), 30_000);
  }

  async function down(): Promise<void> {
    await child?.stop();
    child = undefined;
  }

  try {
    await up();
  } catch (error) {
    await down();
    throw error;
  }
  return { add, down, up, [Symbol.asyncDispose]: down };
}

async function provision(folder: string): Promise<void> {
  const tool = await installed("/usr/bin/samba-tool");
  const { code, errors } = await runToEnd([
    ...[tool, "domain", "provision", "--realm=EXAMPLE.LAN", "--domain=EXAMPLE"] as const,
    ...["--server-role=dc", "--dns-backend=NONE", `--adminpass=${ADMINISTRATOR.password}`],
    ...[`--targetdir=${folder}/dc`, "--host-ip=127.0.0.1", "--host-name=dc"],
    // Keeps extended attributes in a database, so that the file system need not support them.
    "--option=vfs objects=dfs_samba4 acl_xattr xattr_tdb",
  ]);
  if (code !== 0) throw new Error(`samba-tool: ${errors}`);
}

async function writeSettings(folder: string, file: string): Promise<void> {
  await Deno.mkdir(`${folder}/run`);
  await Deno.writeTextFile(`${folder}/ca.pem`, CA);
  await Deno.writeTextFile(`${folder}/server.pem`, LOCALHOST.cert);
  await Deno.writeTextFile(`${folder}/server.key`, LOCALHOST.key, { mode: 0o600 });
  const provisioned = await Deno.readTextFile(`${folder}/dc/etc/smb.conf`);
  const [global = ""] = provisioned.split("[homes]");
  const kept = global.split("\n").filter((line) => !/^\s*(?:server services|log|panic)/.test(line));
  const settings = {
    "server services": "ldap",
    "interfaces": "lo",
    "bind interfaces only": "yes",
    "pid directory": `${folder}/run`,
    "ncalrpc dir": `${folder}/run/ncalrpc`,
    "winbindd socket directory": `${folder}/run/winbindd`,
    "tls enabled": "yes",
    "tls cafile": `${folder}/ca.pem`,
    "tls certfile": `${folder}/server.pem`,
    "tls keyfile": `${folder}/server.key`,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  await Deno.writeTextFile(file, [...kept, ...lines, ""].join("\n"));
}

async function add(entries: Readonly<Record<string, Attributes>>): Promise<void> {
  const client = new Client({ url: "ldaps://127.0.0.1:636", tlsOptions: { ca: [CA] } });
  try {
    await client.bind(ADMINISTRATOR.dn, ADMINISTRATOR.password);
    for (const [dn, attributes] of Object.entries(entries)) {
      const lists = Object.entries(attributes).map(([name, values]) => [name, [values].flat()]);
      await client.add(dn, Object.fromEntries(lists.filter(([, values]) => values?.length)));
    }
  } finally {
    await client.unbind();
  }
}
