/**
 * A real Postfix on loopback, in its own folder, that delivers into a Maildir.
 *
 * @module
 */

import { freePort } from "../../process/free_port.ts";
import { runToEnd } from "../../process/run_to_end.ts";
import { installed } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";
import { type ReachableProgram, reachableProgram } from "./reachable_program.ts";

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
  /** The Maildir of the domain for bounces. */
  readonly bounces: string;
  /** The same for what came to that domain, while nothing else takes it. */
  returned(count: number, within?: number): Promise<readonly Uint8Array[]>;
  /** A path of the service's folder, for the program that takes bounces: a link to be made. */
  readonly service: string;
  /** Tries again at once what it could not deliver. */
  flush(): Promise<void>;
  /** What it has logged. */
  log(): Promise<string>;
}

/** What it does besides. */
export interface PostfixOptions {
  /** A domain whose mail goes into a Maildir of its own. */
  readonly bounces?: string;
  /** The beginning of local parts whose mail is accepted, and returned later: they do not exist. */
  readonly returns?: string;
  /** Whether it pipes the mail of the domain for bounces into the command `bounce`, as nobody. */
  readonly pipes?: boolean;
}

/** The user as whom it runs that command. */
export const PIPE_USER = "nobody";

/** Starts it as the mail server of a domain with any localpart. It needs root, as Postfix does. */
export async function startPostfix(domain: string, options: PostfixOptions = {}): Promise<Postfix> {
  const postfix = await installed("/usr/sbin/postfix");
  const postqueue = await installed("/usr/sbin/postqueue");
  const folder = await tempFolder();
  const port = freePort();
  const settings = `${folder.path}/etc`;
  const program = options.pipes ? await reachableProgram(folder.path) : undefined;
  await writeSettings(folder.path, settings, domain, port, options, program);
  if (program) await program.run(postfix, "-c", settings, "start");
  else await run(postfix, "-c", settings, "start");
  return {
    port,
    settings,
    delivered: (count, within = 120_000) => filesIn(`${folder.path}/mail/all/new`, count, within),
    bounces: `${folder.path}/mail/bounces`,
    service: `${folder.path}/service`,
    flush: async () => {
      await run(postqueue, "-c", settings, "-f");
    },
    log: () => Deno.readTextFile(`${folder.path}/mail.log`),
    returned: (count, within = 120_000) =>
      filesIn(`${folder.path}/mail/bounces/new`, count, within),
    async [Symbol.asyncDispose]() {
      // Unlike "stop", this does not wait until Postfix has finished its work.
      await run(postfix, "-c", settings, "abort");
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function writeSettings(
  folder: string,
  settings: string,
  domain: string,
  port: number,
  { bounces, returns }: PostfixOptions,
  program: ReachableProgram | undefined,
) {
  for (const name of ["etc", "queue", "data"]) await Deno.mkdir(`${folder}/${name}`);
  const [nobody, nogroup] = [await id("-u", "nobody"), await id("-g", "nobody")];
  // The parts of Postfix do not run as root and need access.
  await Deno.chmod(folder, 0o755);
  await Deno.chown(`${folder}/data`, await id("-u", "postfix"), await id("-g", "postfix"));
  // Created in advance, so that it can be watched before the first delivery.
  for (const mailbox of [`${folder}/mail/all`, `${folder}/mail/bounces`]) {
    for (const name of ["new", "cur", "tmp"]) {
      await Deno.mkdir(`${mailbox}/${name}`, { recursive: true });
      await Deno.chown(`${mailbox}/${name}`, nobody, nogroup);
    }
    await Deno.chown(mailbox, nobody, nogroup);
  }
  const pattern = (text: string) => text.replaceAll(".", "\\.");
  await Deno.writeTextFile(
    `${settings}/mailboxes`,
    // One Maildir for everybody.
    `${bounces ? `/@${pattern(bounces)}$/ bounces/\n` : ""}/./ all/\n`,
  );
  // An address whose transport is "error" would be refused at once: only what it is replaced by has it.
  await Deno.writeTextFile(
    `${settings}/aliases`,
    returns ? `/^${pattern(returns)}/ nobody@gone.example.net\n` : "",
  );
  await Deno.writeTextFile(
    `${settings}/transports`,
    "/@gone\\.example\\.net$/ error:5.1.1 User unknown in a test\n" +
      (program && bounces ? `/@${pattern(bounces)}$/ bounces:\n` : ""),
  );
  const main = {
    compatibility_level: "3.6",
    queue_directory: `${folder}/queue`,
    data_directory: `${folder}/data`,
    maillog_file: `${folder}/mail.log`,
    maillog_file_prefixes: folder,
    inet_interfaces: "127.0.0.1",
    myhostname: `mail.${domain}`,
    mydestination: "",
    virtual_mailbox_domains: bounces ? `${domain}, ${bounces}` : domain,
    virtual_alias_maps: `regexp:${settings}/aliases`,
    transport_maps: `regexp:${settings}/transports`,
    virtual_mailbox_base: `${folder}/mail`,
    virtual_mailbox_maps: `regexp:${settings}/mailboxes`,
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
      .replace(/^((?:\S+ +){4})y/gm, "$1n") + pipeService(folder, program),
  );
}

// As docs/bounces.md has it.
function pipeService(folder: string, program: ReachableProgram | undefined): string {
  if (program === undefined) return "";
  return "bounces   unix  -       n       n       -       -       pipe\n" +
    `  flags= user=${PIPE_USER} argv=${program.command.join(" ")} bounce\n` +
    `  -c ${folder}/service/mxisd.yaml --recipient \${original_recipient}\n`;
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
