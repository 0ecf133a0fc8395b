/**
 * A real Postfix on loopback, in its own folder, that delivers into a Maildir.
 *
 * @module
 */

import { freePort } from "../../process/free_port.ts";
import { runToEnd } from "../../process/run_to_end.ts";
import { installed } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";

/** A running Postfix. */
export interface Postfix extends AsyncDisposable {
  /** Its SMTP port on 127.0.0.1. */
  readonly port: number;
  /** The folder of its configuration, for the option `-C` or `-c` of its commands. */
  readonly settings: string;
  /**
   * Waits for this many delivered messages and returns them.
   *
   * @param within The time limit, in milliseconds.
   */
  delivered(count: number, within?: number): Promise<readonly Uint8Array[]>;
}

/** Starts it as the mail server of a domain with any localpart. It needs root, as Postfix does. */
export async function startPostfix(domain: string): Promise<Postfix> {
  const postfix = await installed("/usr/sbin/postfix");
  const folder = await tempFolder();
  const port = freePort();
  const settings = `${folder.path}/etc`;
  await writeSettings(folder.path, settings, domain, port);
  await run(postfix, "-c", settings, "start");
  return {
    port,
    settings,
    delivered: (count, within = 120_000) => filesIn(`${folder.path}/mail/all/new`, count, within),
    async [Symbol.asyncDispose]() {
      // Unlike "stop", this does not wait until Postfix has finished its work.
      await run(postfix, "-c", settings, "abort");
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function writeSettings(folder: string, settings: string, domain: string, port: number) {
  for (const name of ["etc", "queue", "data"]) await Deno.mkdir(`${folder}/${name}`);
  const [nobody, nogroup] = [await id("-u", "nobody"), await id("-g", "nobody")];
  // The parts of Postfix do not run as root and need access.
  await Deno.chmod(folder, 0o755);
  await Deno.chown(`${folder}/data`, await id("-u", "postfix"), await id("-g", "postfix"));
  // Created in advance, so that it can be watched before the first delivery.
  const mailbox = `${folder}/mail/all`;
  for (const name of ["new", "cur", "tmp"]) {
    await Deno.mkdir(`${mailbox}/${name}`, { recursive: true });
    await Deno.chown(`${mailbox}/${name}`, nobody, nogroup);
  }
  await Deno.chown(mailbox, nobody, nogroup);
  const main = {
    compatibility_level: "3.6",
    queue_directory: `${folder}/queue`,
    data_directory: `${folder}/data`,
    maillog_file: `${folder}/mail.log`,
    maillog_file_prefixes: folder,
    inet_interfaces: "127.0.0.1",
    myhostname: `mail.${domain}`,
    mydestination: "",
    virtual_mailbox_domains: domain,
    virtual_mailbox_base: `${folder}/mail`,
    // One Maildir for everybody.
    virtual_mailbox_maps: "static:all/",
    virtual_uid_maps: `static:${nobody}`,
    virtual_gid_maps: `static:${nogroup}`,
    virtual_minimum_uid: "1",
    smtpd_tls_security_level: "none",
  };
  const text = Object.entries(main).map(([key, value]) => `${key} = ${value}\n`).join("");
  await Deno.writeTextFile(`${settings}/main.cf`, text);
  const services = await Deno.readTextFile("/etc/postfix/master.cf.proto");
  await Deno.writeTextFile(
    `${settings}/master.cf`,
    services.replace(/^smtp( +inet)/m, `${port}$1`)
      // The fifth column: whether a part runs in a chroot.
      .replace(/^((?:\S+ +){4})y/gm, "$1n"),
  );
}

async function id(kind: string, user: string): Promise<number> {
  return Number(await run("id", kind, user));
}

async function run(...command: readonly [string, ...string[]]): Promise<string> {
  const { code, output, errors } = await runToEnd(command);
  if (code !== 0) throw new Error(`${command.join(" ")}: ${errors}`);
  return output.trim();
}

async function filesIn(folder: string, count: number, within: number) {
  // Watches before it lists the folder for the first time, so that no file is missed.
  using watcher = Deno.watchFs(folder);
  const timer = setTimeout(() => watcher.close(), within);
  try {
    let names = namesIn(folder);
    const changes = watcher[Symbol.asyncIterator]();
    while (names.length < count && !(await changes.next()).done) names = namesIn(folder);
    if (names.length < count) {
      throw new Error(`${names.length} of ${count} mails are in ${folder} after ${within} ms`);
    }
    return await Promise.all(names.map((name) => Deno.readFile(`${folder}/${name}`)));
  } finally {
    clearTimeout(timer);
  }
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
}
