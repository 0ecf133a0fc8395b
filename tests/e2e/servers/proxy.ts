/**
 * Reverse proxies in front of the service, configured as in the documentation.
 *
 * @module
 */

import { Child } from "../../process/child.ts";
import { tempFolder } from "../temp_folder.ts";

/** A running proxy. */
export type Proxy = AsyncDisposable;

const DOCUMENT = new URL("../../../docs/stopping.md", import.meta.url);

/**
 * A code block of the documentation with some of its values replaced.
 *
 * @throws {Error} When there is no such block, or it does not contain a value to replace.
 */
export async function documented(
  language: "nginx" | "caddy",
  index: number,
  replacements: Readonly<Record<string, string>>,
): Promise<string> {
  const text = await Deno.readTextFile(DOCUMENT);
  const blocks = [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gm"))];
  let block = blocks[index]?.[1];
  if (block === undefined) throw new Error(`docs/stopping.md has no block ${index} of ${language}`);
  for (const [from, to] of Object.entries(replacements)) {
    if (!block.includes(from)) throw new Error(`docs/stopping.md: ${language}: no ${from}`);
    block = block.replaceAll(from, to);
  }
  return block;
}

/** Starts Debian's nginx with these servers. */
export function startNginx(servers: string): Promise<Proxy> {
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${kind};`).join(" ");
  const configuration = `daemon off; pid nginx.pid; error_log stderr notice; worker_processes 1;
${Deno.uid() === 0 ? "user root;" : ""}
events {}
http { access_log off; ${paths}
${servers}
}`;
  return start({
    name: "nginx",
    configuration,
    command: (folder) => ["nginx", "-p", folder, "-e", "stderr", "-c", `${folder}/config`],
    ready: "start worker processes",
  });
}

/** Starts Debian's Caddy with these sites, without certificates of its own. */
export function startCaddy(sites: string): Promise<Proxy> {
  return start({
    name: "caddy",
    configuration: `{\n\tadmin off\n\tauto_https off\n}\n${sites}`,
    command: (folder) => ["caddy", "run", "--config", `${folder}/config`, "--adapter", "caddyfile"],
    ready: "serving initial configuration",
  });
}

async function start(options: {
  readonly name: string;
  readonly configuration: string;
  readonly command: (folder: string) => [string, ...string[]];
  readonly ready: string;
}): Promise<Proxy> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await tempFolder());
  await Deno.writeTextFile(`${path}/config`, options.configuration);
  const child = stack.use(spawn(options.name, options.command(path), path));
  // A kill would leave nginx's workers behind.
  stack.defer(async () => void await child.stop());
  await child.line((line) => line.includes(options.ready));
  return stack.move();
}

function spawn(name: string, command: [string, ...string[]], cwd: string): Child {
  try {
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: cwd };
    return new Child({ name, command, cwd, env });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error(`Cannot find ${name}: run tests/e2e/install.sh`, { cause });
  }
}
