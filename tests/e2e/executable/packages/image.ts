/**
 * The container image, built from the Dockerfile by Buildah, without an engine and without a registry.
 *
 * @module
 */

import assert from "node:assert/strict";
import { runToEnd } from "../../../process/run_to_end.ts";
import { compiled, installed, installFolder } from "../../installed.ts";
import { tempFolder } from "../../temp_folder.ts";

const PROJECT = new URL("../../../../", import.meta.url).pathname;

// What distroless/cc:nonroot has, besides the packages that install.sh unpacks.
const ACCOUNTS = {
  passwd: "root:x:0:0:root:/root:/sbin/nologin\n" +
    "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
  group: "root:x:0:\nnonroot:x:65532:\n",
};

/** How a container of the image is started, as Docker's format has it. */
export interface ImageConfiguration {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Volumes: Readonly<Record<string, unknown>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/** An image that was built. */
export interface Image extends AsyncDisposable {
  readonly configuration: ImageConfiguration;
  /** Its root file system. */
  readonly root: string;
}

/** Builds it, on a base of Debian's packages that has the name of the one in the Dockerfile. */
export async function buildImage(): Promise<Image> {
  assert.equal(Deno.uid(), 0, "this test builds an image by chroot: run it as root");
  const program = await installed("/usr/bin/buildah");
  const base = await installed(`${installFolder()}/image`);
  await compiled("x86_64");
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await tempFolder());
  const storage = [`--root=${path}/root`, `--runroot=${path}/run`, "--storage-driver=vfs"];
  async function buildah(...args: readonly string[]): Promise<string> {
    const { code, output, errors } = await runToEnd([program, ...storage, ...args], {
      cwd: PROJECT,
    });
    assert.equal(code, 0, `buildah ${args.join(" ")}: ${errors}`);
    return output.trim();
  }
  const recipe = await Deno.readTextFile(`${PROJECT}Dockerfile`);
  const [, name] = /^FROM (\S+)$/m.exec(recipe) ?? [];
  assert.ok(name, "the Dockerfile names no base");
  await Deno.mkdir(`${path}/etc`);
  for (const [file, text] of Object.entries(ACCOUNTS)) {
    await Deno.writeTextFile(`${path}/etc/${file}`, text);
  }
  const stand = await buildah("from", "scratch");
  await buildah("copy", "--quiet", stand, base, "/");
  await buildah("copy", "--quiet", stand, `${path}/etc`, "/etc");
  await buildah("commit", "--quiet", "--rm", "--format=docker", stand, name);
  const how = ["--isolation=chroot", "--format=docker", "--pull-never", "--quiet"];
  await buildah("build", ...how, "--tag=appservice-mxisd", ".");
  const { Docker } = JSON.parse(await buildah("inspect", "--type=image", "appservice-mxisd"));
  const container = await buildah("from", "--pull-never", "appservice-mxisd");
  const root = await buildah("mount", container);
  stack.defer(async () => void await buildah("umount", container));
  const opened = stack.move();
  return {
    ...{ root, configuration: Docker.config },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
