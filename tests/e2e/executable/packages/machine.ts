/**
 * A Debian with a systemd of its own, as a container with the network of this machine.
 *
 * The root file system is the one that `tests/e2e/install.sh` makes; what changes is written to a
 * temporary folder. Needs root, to mount it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Child } from "../../../process/child.ts";
import { type RunResult, runToEnd } from "../../../process/run_to_end.ts";
import { installed, installFolder } from "../../installed.ts";
import { tempFolder } from "../../temp_folder.ts";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A running machine. */
export interface Machine extends AsyncDisposable {
  /** Its root folder, as it is seen from here. */
  readonly root: string;
  /** Runs a command as its administrator. */
  run(...command: readonly [string, ...string[]]): Promise<RunResult>;
  /** Runs a command that has to succeed, and returns its standard output. */
  succeed(...command: readonly [string, ...string[]]): Promise<string>;
}

/** A Debian's root folder whose changes go to a temporary folder. */
export async function temporaryRoot(): Promise<{ readonly root: string } & AsyncDisposable> {
  assert.equal(Deno.uid(), 0, "this test mounts a file system: run it as root");
  const lower = await installed(`${installFolder()}/debian`);
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await tempFolder());
  for (const name of ["upper", "work", "root"]) await Deno.mkdir(`${path}/${name}`);
  const root = `${path}/root`;
  const layers = `lowerdir=${lower},upperdir=${path}/upper,workdir=${path}/work`;
  await must(["mount", "-t", "overlay", "overlay", "-o", layers, root]);
  stack.defer(async () => void await must(["umount", root]));
  const opened = stack.move();
  return { root, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Boots it, and waits until it has started. */
export async function bootMachine(): Promise<Machine> {
  await using stack = new AsyncDisposableStack();
  const { root } = stack.use(await temporaryRoot());
  const container = stack.use(
    new Child({
      name: "the machine",
      command: [
        await installed("/usr/bin/systemd-nspawn"),
        ...["--quiet", `--directory=${root}`, `--machine=mxisd-${crypto.randomUUID()}`],
        ...["--register=no", "--keep-unit", "--boot", "--console=pipe"],
      ],
      cwd: "/",
      env: { PATH },
    }),
  );
  // Asked to, it stops its services first.
  stack.defer(async () => void await container.stop());
  const init = await firstChild(container.pid);
  const inside = ["nsenter", `--target=${init}`, "--all", "--"] as const;
  const run: Machine["run"] = (...command) => runToEnd([...inside, ...command], { env: { PATH } });
  for (;;) {
    const { output } = await run("systemctl", "is-system-running", "--wait");
    if (/^(running|degraded)$/m.test(output)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const opened = stack.move();
  return {
    root,
    run,
    async succeed(...command) {
      const { code, output, errors } = await run(...command);
      assert.equal(code, 0, `${command.join(" ")}: ${output}${errors}`);
      return output;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

// The container's init, once there is one and it is no longer the container manager itself.
async function firstChild(pid: number): Promise<number> {
  for (;;) {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
    const [child] = text.trim().split(" ");
    if (child) {
      const name = await Deno.readTextFile(`/proc/${child}/comm`).catch(() => "");
      if (name.trim() === "systemd") return Number(child);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function must(command: readonly [string, ...string[]]): Promise<string> {
  const { code, output, errors } = await runToEnd(command);
  assert.equal(code, 0, `${command.join(" ")}: ${errors}`);
  return output;
}
