import assert from "node:assert/strict";
import { type Executable, makeDocuments } from "../../../../scripts/release/contents.ts";
import { makeDebianPackage } from "../../../../scripts/release/debian.ts";
import { VERSION } from "../../../../src/cli/version.ts";
import { freePort } from "../../../process/free_port.ts";
import { compiled } from "../../installed.ts";
import { MailCatcher } from "../../servers/mail_catcher.ts";
import { addressOf } from "../../settings.ts";
import { bootMachine, type Machine } from "./machine.ts";
import { configurationOf, pushInvite } from "./service.ts";

const NAME = "appservice-mxisd";
const TOKEN = "hs-token-of-the-package-test";

/** Makes the package in the machine, as of an earlier or this version, and returns its path there. */
async function packageOf(machine: Machine, version: string): Promise<string> {
  const executable: Executable = {
    file: new URL(`file://${await compiled("x86_64")}`),
    ...{ architecture: "x86_64", runtime: Deno.version.deno, version, time: 1_700_000_000 },
  };
  const documents = await makeDocuments(executable);
  const name = await makeDebianPackage(
    ...[executable, documents, `${machine.root}/root`, "Alice <alice@example.org>"] as const,
    "none",
  );
  return `/root/${name}`;
}

/** The paths of all files that a package could have left, with users and groups. */
async function traces(machine: Machine): Promise<readonly string[]> {
  const outside = ["/proc", "/sys", "/dev", "/run", "/tmp", "/root", "/var/log", "/var/lib/dpkg"];
  const prune = outside.flatMap((path) => ["-path", path, "-prune", "-o"]);
  const found = await machine.succeed("find", "/", "-xdev", ...prune, "-print");
  const accounts = await machine.succeed("cat", "/etc/passwd", "/etc/group", "/etc/shadow");
  // Copies that useradd and userdel make of what was before.
  const backup = /^\/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-$|\.pwd\.lock$/;
  return [...found.split("\n").filter((path) => !backup.test(path)), accounts];
}

async function show(machine: Machine, property: string): Promise<string> {
  const text = await machine.succeed("systemctl", "show", "--value", "-p", property, NAME);
  return text.trim();
}

/** Waits for an event in the service's journal. */
async function logged(machine: Machine, event: string): Promise<void> {
  const follow = `until journalctl --no-pager -u ${NAME} | grep -qF '${event}'; do sleep 0.1; done`;
  await machine.succeed("timeout", "60", "sh", "-c", follow);
}

Deno.test("the Debian package is installed, configured, started, upgraded and purged", async (t) => {
  await using machine = await bootMachine();
  await using mails = await MailCatcher.start();
  const servicePort = freePort();
  const before = await packageOf(machine, "0.0.9");
  const present = await packageOf(machine, VERSION);
  const clean = await traces(machine);

  await t.step(
    "an install makes the user, and starts nothing without a configuration",
    async () => {
      await machine.succeed("dpkg", "--install", before);
      assert.match(await machine.succeed("id", NAME), /^uid=\d+\(appservice-mxisd\)/);
      assert.equal((await machine.succeed("systemctl", "is-enabled", NAME)).trim(), "enabled");
      assert.deepEqual([await show(machine, "ActiveState"), await show(machine, "Result")], [
        ...["inactive", "success"],
      ]);
    },
  );

  await t.step("it has manual pages and completion", async () => {
    const listed = await machine.succeed("dpkg", "--listfiles", NAME);
    for (
      const path of [
        "/usr/share/man/man1/appservice-mxisd.1.gz",
        "/usr/share/man/man1/appservice-mxisd-outbox.1.gz",
        "/usr/share/bash-completion/completions/appservice-mxisd",
        "/usr/share/doc/appservice-mxisd/copyright",
      ]
    ) assert.ok(listed.split("\n").includes(path), path);
    const page = await Deno.readFile(`${machine.root}/usr/share/man/man1/${NAME}.1.gz`);
    const stream = new Blob([page]).stream().pipeThrough(new DecompressionStream("gzip"));
    assert.match(await new Response(stream).text(), /appservice\\-mxisd\\-outbox/);
  });

  await t.step("it starts by its unit, with a secret that only root can read", async () => {
    const settings = configurationOf({ servicePort, mailPort: mails.port }, {
      appsvc: {
        endpoint: {
          toHS: { url: "http://127.0.0.1:1" },
          toAS: { url: `http://127.0.0.1:${servicePort}`, token: { file: "hs-token" } },
        },
      },
      server: { port: servicePort },
      storage: { provider: { sqlite: { database: `/var/lib/${NAME}/mxisd.db` } } },
    });
    await Deno.writeTextFile(`${machine.root}/etc/mxisd/mxisd.yaml`, settings);
    await machine.succeed("chgrp", NAME, "/etc/mxisd/mxisd.yaml");
    await machine.succeed("chmod", "0640", "/etc/mxisd/mxisd.yaml");
    await Deno.writeTextFile(`${machine.root}/etc/mxisd/hs-token`, TOKEN, { mode: 0o600 });
    await Deno.mkdir(`${machine.root}/etc/systemd/system/${NAME}.service.d`, { recursive: true });
    await Deno.writeTextFile(
      `${machine.root}/etc/systemd/system/${NAME}.service.d/secrets.conf`,
      "[Service]\nLoadCredential=hs-token:/etc/mxisd/hs-token\n",
    );
    await machine.succeed("systemctl", "daemon-reload");
    const started = await machine.run("systemctl", "start", NAME);
    assert.equal(started.code, 0, await machine.succeed("journalctl", "-u", NAME, "--no-pager"));
    assert.equal(await show(machine, "ActiveState"), "active");
    assert.equal(await show(machine, "StatusText"), "listening");
  });

  await t.step("an invite is mailed", async () => {
    await pushInvite(servicePort, TOKEN, "@bob:example.org");
    await mails.first(addressOf("bob"));
  });

  await t.step("systemd watches it, and a reload changes its configuration", async () => {
    const pid = await show(machine, "MainPID");
    const file = `${machine.root}/etc/mxisd/mxisd.yaml`;
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, text.replaceAll("carol@", "caroline@"));
    await machine.succeed("systemctl", "reload", NAME);
    await logged(machine, "configuration reloaded");
    assert.deepEqual([await show(machine, "MainPID"), await show(machine, "NRestarts")], [
      pid,
      "0",
    ]);
    assert.notEqual(await show(machine, "WatchdogTimestamp"), "");
  });

  await t.step("one that gives no sign of life any more is killed and started again", async () => {
    await Deno.writeTextFile(
      `${machine.root}/etc/systemd/system/${NAME}.service.d/watchdog.conf`,
      "[Service]\nWatchdogSec=4\nTimeoutAbortSec=1\nRestartSec=0\n",
    );
    await machine.succeed("systemctl", "daemon-reload");
    await machine.succeed("systemctl", "restart", NAME);
    const pid = await show(machine, "MainPID");
    await machine.succeed("systemctl", "kill", "--signal=STOP", "--kill-whom=main", NAME);
    const restarted = `until [ "$(systemctl show --value -p NRestarts ${NAME})" -gt 0 ] && ` +
      `systemctl is-active --quiet ${NAME}; do sleep 0.1; done`;
    await machine.succeed("timeout", "60", "sh", "-c", restarted);
    assert.notEqual(await show(machine, "MainPID"), pid);
    await logged(machine, "Watchdog timeout");
    await Deno.remove(`${machine.root}/etc/systemd/system/${NAME}.service.d/watchdog.conf`);
    await machine.succeed("systemctl", "daemon-reload");
    await machine.succeed("systemctl", "restart", NAME);
  });

  await t.step("the administrator's commands work beside it", async () => {
    const status = await machine.succeed(NAME, "status", "--json");
    assert.equal(JSON.parse(status).mails.sent, 1, status);
    const { code, output, errors } = await machine.run(NAME, "health");
    assert.equal(code, 0, output + errors);
  });

  await t.step("an upgrade restarts it, and what waits is mailed", async () => {
    const pid = await show(machine, "MainPID");
    await pushInvite(servicePort, TOKEN, "@carol:example.org");
    await machine.succeed("dpkg", "--install", present);
    assert.equal(await show(machine, "ActiveState"), "active");
    assert.notEqual(await show(machine, "MainPID"), pid);
    await mails.first(addressOf("caroline"));
    await pushInvite(servicePort, TOKEN, "@dave:example.org");
    await mails.first(addressOf("dave"));
  });

  await t.step("a wrong configuration stops it, and says why", async () => {
    const file = `${machine.root}/etc/mxisd/mxisd.yaml`;
    const right = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, right.replace('"matrix"', '"matrx"'));
    const { code } = await machine.run("systemctl", "restart", NAME);
    assert.notEqual(code, 0);
    assert.equal(await show(machine, "ExecMainStatus"), "3");
    assert.equal(await show(machine, "SubState"), "failed");
    const log = await machine.succeed("journalctl", "--no-pager", "-u", NAME);
    assert.match(log, /mxisd\.yaml:\d+:\d+: .*matrx/);
    await Deno.writeTextFile(file, right);
    await machine.succeed("systemctl", "restart", NAME);
  });

  await t.step("a removal stops it and keeps its configuration and database", async () => {
    await machine.succeed("dpkg", "--remove", NAME);
    await machine.succeed("test", "-e", "/etc/mxisd/mxisd.yaml", "-a", "-e", `/var/lib/${NAME}`);
    assert.notEqual((await machine.run("systemctl", "is-active", NAME)).code, 0);
  });

  await t.step("installed again, it goes on", async () => {
    await machine.succeed("dpkg", "--install", present);
    await pushInvite(servicePort, TOKEN, "@zoe:example.org");
    await mails.first(addressOf("zoe"));
  });

  await t.step("a purge leaves nothing", async () => {
    await machine.succeed("dpkg", "--purge", NAME);
    assert.deepEqual(await traces(machine), clean);
  });

  await t.step("a purge leaves what another package has in the same folder", async () => {
    const other = `${machine.root}/root/mxisd`;
    for (const name of ["", "/DEBIAN", "/etc", "/etc/mxisd"]) await Deno.mkdir(`${other}${name}`);
    await Deno.writeTextFile(`${other}/etc/mxisd/theirs`, "");
    await Deno.writeTextFile(
      `${other}/DEBIAN/control`,
      "Package: mxisd\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: a\n",
    );
    await machine.succeed("dpkg-deb", "--build", "/root/mxisd", "/root/mxisd.deb");
    await machine.succeed("dpkg", "--install", "/root/mxisd.deb", present);
    await machine.succeed("dpkg", "--purge", NAME);
    await machine.succeed("test", "-e", "/etc/mxisd/theirs");
  });
});
