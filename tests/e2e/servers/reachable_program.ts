/**
 * The program as it can be run by a user who may not read this user's home.
 *
 * @module
 */

import { programCommand } from "../../process/program.ts";
import { runToEnd } from "../../process/run_to_end.ts";

/** The program in a folder that everybody can read. */
export interface ReachableProgram {
  /** Its command line with its environment, without a command. */
  readonly command: readonly string[];
  /**
   * Puts what it consists of into that folder, and runs a command that sees it there. Nobody else does:
   * the mounts are in a namespace of their own, which ends with what is started in it.
   */
  run(...command: readonly string[]): Promise<void>;
}

/** Prepares it in an existing folder. */
export async function reachableProgram(folder: string): Promise<ReachableProgram> {
  const [program, ...args] = await programCommand();
  const cache = await denoFolder();
  const sources = new URL("../../../", import.meta.url).pathname.replace(/\/$/, "");
  const binds = Object.entries({
    program: program.slice(0, program.lastIndexOf("/")),
    cache,
    sources,
  }).map(([name, from]) => ({ from, to: `${folder}/${name}` }));
  for (const { to } of binds) await Deno.mkdir(to);
  const moved = (text: string) =>
    binds.reduce((moved, { from, to }) => moved.replaceAll(`${from}/`, `${to}/`), text);
  const env = [`HOME=${folder}`, `DENO_DIR=${folder}/cache`, "NO_COLOR=1"];
  return {
    command: ["/usr/bin/env", ...env, ...[program, ...args].map(moved)],
    async run(...command) {
      const mounts = binds.map(({ from, to }) => `mount --bind '${from}' '${to}'`);
      const script = [...mounts, 'exec "$@"'].join(" && ");
      const unshared = ["unshare", "--mount", "sh", "-c", script, "sh", ...command] as const;
      const { code, errors } = await runToEnd([...unshared]);
      if (code !== 0) throw new Error(`${command.join(" ")}: ${errors}`);
    },
  };
}

async function denoFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
