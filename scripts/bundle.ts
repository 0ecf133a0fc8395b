/**
 * Makes a few large modules of the program's many, for the executable.
 *
 * @module
 */

import { relative } from "node:path";
import { packageCache } from "./package_cache.ts";

/** A folder of this project, two below its root as src/system/program_file.ts expects. */
export const BUNDLE = ".bundle/program";

const HASH = /-[A-Z0-9]{8}(?=\.js$)/;

/** What Deno 2.6 gives packages of npm in another form than all other modules. */
const TIMERS = ["clearInterval", "clearTimeout", "setInterval", "setTimeout"] as const;

/**
 * Bundles the modules below `BUNDLE`, with one more for each part that is loaded later.
 *
 * `run` runs Deno with arguments and returns its exit code, which is returned.
 *
 * @throws {Error} When a module cannot be given the timers of Node.js.
 */
export async function bundle(run: (args: readonly string[]) => Promise<number>): Promise<number> {
  await Deno.remove(BUNDLE, { recursive: true }).catch(() => {});
  const flags = ["--quiet", "--frozen", "--platform=deno", "--code-splitting"];
  const code = await run(["bundle", ...flags, `--outdir=${BUNDLE}`, "main.ts"]);
  if (code !== 0) return code;
  const packages = relative(".", await packageCache());
  const modules = new Map<string, string>();
  for await (const { name } of Deno.readDir(BUNDLE)) {
    const path = `${BUNDLE}/${name}`;
    // The names of modules would tell where the packages are on this machine.
    const module = (await Deno.readTextFile(path)).replaceAll(`${packages}/`, "npm/");
    modules.set(name, withNodeTimers(module));
    await Deno.remove(path);
  }
  for (const [name, module] of withoutHashes(modules)) {
    await Deno.writeTextFile(`${BUNDLE}/${name}`, module);
  }
  return 0;
}

/**
 * Modules by names that are the same on every machine: those of `deno bundle` end in a hash, into which
 * goes where the packages are.
 */
export function withoutHashes(modules: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const rename = (module: string, to: (name: string) => string | undefined) =>
    module.replaceAll(/[\w.-]+\.js\b/g, (name) => to(name) ?? name);
  const plain = (name: string) => modules.has(name) ? name.replace(HASH, "") : undefined;
  const order = [...modules]
    .map(([name, module]) => ({ name, key: `${plain(name)}\n${rename(module, plain)}` }))
    .sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  const names = new Map(
    order.map(({ name }, index) => [name, name.replace(HASH, `-${index}`)]),
  );
  const found = [...modules].map(([name, module]): [string, string] => [
    names.get(name) ?? name,
    rename(module, (name) => names.get(name)),
  ]);
  return new Map(found);
}

/**
 * A module with the timers of Node.js, where it has timers.
 *
 * Packages of npm count on them: a timer of the web has no `unref()`. In Deno 2.9 they are those of all
 * modules; in Deno 2.6 of packages alone, which a bundle does not know from other modules.
 *
 * @throws {Error} When the module imports another function by such a name.
 */
export function withNodeTimers(module: string): string {
  const used = TIMERS.filter((name) => new RegExp(`(?<![.\\w$])${name}\\b`).test(module));
  if (used.length === 0) return module;
  const own = /^import \{[^}]*\b(?:set|clear)(?:Interval|Timeout)\s*[,}]/m.exec(module);
  if (own !== null) throw new Error(`A bundle has timers of its own: ${own[0]}`);
  return `import { ${used.join(", ")} } from "node:timers";\n${module}`;
}
