import assert from "node:assert/strict";
import { makeArchive } from "../../../../scripts/release/archive.ts";
import { makeDocuments } from "../../../../scripts/release/contents.ts";
import { freePort } from "../../../process/free_port.ts";
import { compiled } from "../../installed.ts";
import { MailCatcher } from "../../servers/mail_catcher.ts";
import { startSynapse } from "../../servers/synapse.ts";
import { addressOf, DOMAIN } from "../../settings.ts";
import { bootMachine } from "./machine.ts";
import { configurationOf } from "./service.ts";

const VERSION = "1.2.3";

// What README promises.
const MAX_MS = 5 * 60_000;

/** The commands of a section of docs/install.md, as the archive has it. */
async function steps(guide: string, section: string): Promise<string> {
  const text = await Deno.readTextFile(guide);
  const [, rest] = text.split(`\n## ${section}\n`);
  const [own] = rest?.split("\n## ") ?? [];
  const blocks = [...own?.matchAll(/^```sh\n([^]*?)^```$/gm) ?? []].map(([, block]) => block);
  assert.ok(blocks.length > 0, `${section} has no commands`);
  return blocks.join("").replaceAll("VERSION", VERSION);
}

Deno.test("on a fresh Debian the guide leads from the archive to the first email of a real Synapse", async () => {
  await using machine = await bootMachine();
  await using mails = await MailCatcher.start();
  const [servicePort, homeserverPort] = [freePort(), freePort()];
  const home = `${machine.root}/root`;
  const executable = {
    file: new URL(`file://${await compiled("x86_64")}`),
    ...{ architecture: "x86_64", runtime: Deno.version.deno, version: VERSION } as const,
    time: 1_700_000_000,
  };
  const archive = await makeArchive(executable, await makeDocuments(executable), home);
  const start = performance.now();

  // The guide's steps, with the configuration that its reader writes.
  await machine.succeed("tar", "-C", "/root", "-xf", `/root/${archive}`);
  const folder = archive.replace(".tar.gz", "");
  const guide = `${home}/${folder}/docs/install.md`;
  const configuration = configurationOf({ servicePort, homeserverPort, mailPort: mails.port });
  await Deno.writeTextFile(`${home}/written.yaml`, configuration);
  const install = await steps(guide, "From the archive");
  const script = install.replaceAll(/^editor (\S+)$/gm, "cat /root/written.yaml >$1");
  await Deno.writeTextFile(`${home}/install.sh`, `set -eux\ncd /root\n${script}`);
  const { code, output, errors } = await machine.run("sh", "/root/install.sh");
  const log = await machine.succeed("journalctl", "--no-pager", "-u", "appservice-mxisd");
  assert.equal(code, 0, output + errors + log);

  const version = await machine.succeed("appservice-mxisd", "--version");
  assert.match(version, /^\S+ \(commit [0-9a-f]{12}(-dirty)?, \d{4}-\d\d-\d\d\)\n$/);

  // The homeserver's administrator adds the registration.
  await using synapse = await startSynapse({
    ...{ domain: DOMAIN, port: homeserverPort },
    registrations: [`${machine.root}/etc/mxisd/registration.yaml`],
  });
  const alice = await synapse.register("alice");
  await alice.invite(await alice.createRoom({ name: "Plans" }), "@bob:example.org");
  const mail = await mails.first(addressOf("bob"));
  assert.match(mail.message.subject ?? "", /Plans/);
  const took = performance.now() - start;
  assert.ok(took < MAX_MS, `${took} ms`);
});
