import assert from "node:assert/strict";
import { Child } from "../../../process/child.ts";
import { freePort } from "../../../process/free_port.ts";
import { logEvent } from "../../../process/program.ts";
import { runToEnd } from "../../../process/run_to_end.ts";
import { MailCatcher } from "../../servers/mail_catcher.ts";
import { addressOf } from "../../settings.ts";
import { tempFolder } from "../../temp_folder.ts";
import { buildImage } from "./image.ts";
import { configurationOf, pushInvite } from "./service.ts";

const TOKEN = "hs-token-of-the-image-test";
const NONROOT = 65532;

Deno.test("the image is built from the Dockerfile, and mails an invite, read-only and without rights", async (t) => {
  await using image = await buildImage();
  await using mails = await MailCatcher.start();
  await using folder = await tempFolder();
  const servicePort = freePort();
  const { configuration } = image;
  const [volume] = Object.keys(configuration.Volumes);
  assert.equal(configuration.User, `${NONROOT}:${NONROOT}`);
  assert.ok(volume !== undefined && Object.keys(configuration.Volumes).length === 1);

  const settings = configurationOf({ servicePort, mailPort: mails.port }, {
    appsvc: {
      endpoint: {
        toHS: { url: "http://127.0.0.1:1" },
        toAS: { url: `http://127.0.0.1:${servicePort}`, token: TOKEN },
      },
    },
    storage: {},
  });
  await Deno.chmod(folder.path, 0o755);
  for (const name of ["state", "etc"]) await Deno.mkdir(`${folder.path}/${name}`);
  await Deno.writeTextFile(`${folder.path}/etc/mxisd.yaml`, settings, { mode: 0o600 });
  for (const name of ["state", "etc/mxisd.yaml"]) {
    await Deno.chown(`${folder.path}/${name}`, NONROOT, NONROOT);
  }
  await Deno.writeTextFile(`${folder.path}/environment`, configuration.Env.join("\n"));
  await Deno.mkdir(`${image.root}/etc/mxisd`);
  const script = new URL("run_image.sh", import.meta.url).pathname;
  const inside = [
    ...["/bin/bash", script, image.root, `${NONROOT}`, `${folder.path}/state`, volume] as const,
    ...[`${folder.path}/etc`, `${folder.path}/environment`],
  ] as const;
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
  const [, ...probe] = configuration.Healthcheck.Test;
  const healthy = async () => (await runToEnd([...inside, ...probe], { env })).code;

  await using service = new Child({
    name: "the container",
    command: [...inside, ...configuration.Entrypoint, ...configuration.Cmd],
    ...{ cwd: "/", env },
  });
  await service.line((line) => logEvent(line)?.event === "listening", 60_000);

  await t.step("an invite is mailed", async () => {
    await pushInvite(servicePort, TOKEN, "@bob:example.org");
    await mails.first(addressOf("bob"));
  });

  await t.step("its process has no capabilities, and cannot get any", async () => {
    const status = await Deno.readTextFile(`/proc/${service.pid}/status`);
    assert.match(status, new RegExp(`^Uid:\\s${NONROOT}\\s`, "m"));
    for (const set of ["Inh", "Prm", "Eff", "Bnd", "Amb"]) {
      assert.match(status, new RegExp(`^Cap${set}:\\s0+$`, "m"));
    }
    assert.match(status, /^NoNewPrivs:\s1$/m);
  });

  await t.step("it writes into its volume only", async () => {
    const names = (await Array.fromAsync(Deno.readDir(`${folder.path}/state`)))
      .map(({ name }) => name);
    assert.ok(names.some((name) => name.endsWith(".db")), names.join());
    const mounts = await Deno.readTextFile(`/proc/${service.pid}/mountinfo`);
    const root = mounts.split("\n").find((line) => line.split(" ")[4] === "/");
    assert.match(root ?? "", / \/ ro,/);
  });

  await t.step(
    "the health check is the image's, and fails once the service has ended",
    async () => {
      assert.equal(await healthy(), 0);
      assert.equal((await service.stop("SIGTERM")).code, 0);
      assert.notEqual(await healthy(), 0);
    },
  );
});
