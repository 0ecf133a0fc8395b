/** A folder with a valid configuration, for one test. */

import { writeEmptyOutbox } from "../fakes/outbox/empty_outbox.ts";
import { makeMemoryFolder } from "../fakes/system/memory_folder.ts";
import { freePort } from "../process/free_port.ts";

/** The hs_token of the configuration. */
export const HS_TOKEN = "hs-VDxUpXFqbN4Qh2rK-cli";

const DATABASE = "outbox.db";

/** The folder of a test. */
export interface Workspace extends AsyncDisposable {
  /** The folder. */
  readonly folder: string;
  /** The port that the service is configured to listen on. */
  readonly port: number;
  /** A path in the folder. */
  path(name: string): string;
  /** Writes mxisd.yaml again, with other differences, and returns its path. */
  configure(differences: Differences): Promise<string>;
}

/** Values by dotted key that differ from the default configuration; `undefined` takes a key out. */
export type Differences = Readonly<Record<string, unknown>>;

/** Makes a folder, with mxisd.yaml in it. */
export async function makeWorkspace(differences: Differences = {}): Promise<Workspace> {
  return await makeIn(await Deno.makeTempDir({ prefix: "appservice-mxisd-cli-" }), differences);
}

/**
 * Makes one for a service in this process: the folder is in memory, and the database in it has its
 * tables already. Both take longer than most tests otherwise.
 */
export async function makePreparedWorkspace(differences: Differences = {}): Promise<Workspace> {
  const workspace = await makeIn(await makeMemoryFolder(), differences);
  writeEmptyOutbox(workspace.path(DATABASE));
  return workspace;
}

async function makeIn(folder: string, differences: Differences): Promise<Workspace> {
  const port = freePort();
  const workspace: Workspace = {
    folder,
    port,
    path: (name) => `${folder}/${name}`,
    async configure(differences) {
      const settings = { ...defaults(folder, port), ...differences };
      const tree: Tree = {};
      for (const [key, value] of Object.entries(settings)) set(tree, key.split("."), value);
      const file = workspace.path("mxisd.yaml");
      await Deno.writeTextFile(file, JSON.stringify(tree, null, 2), { mode: 0o600 });
      return file;
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
  await workspace.configure(differences);
  return workspace;
}

function defaults(folder: string, port: number): Differences {
  return {
    "matrix.domain": "example.org",
    "appsvc.endpoint.toHS.url": "http://127.0.0.1:1",
    "appsvc.endpoint.toAS.url": `http://127.0.0.1:${port}`,
    "appsvc.endpoint.toAS.token": HS_TOKEN,
    "server.port": port,
    "server.publicUrl": `http://127.0.0.1:${port}`,
    "storage.provider.sqlite.database": `${folder}/${DATABASE}`,
    "memory.enabled": true,
    "memory.identities": [{
      username: "bob",
      displayName: "Bob Brown",
      threepids: [{ medium: "email", address: "bob@corp.example" }],
    }, { username: "carol", displayName: "Carol" }],
    "threepid.medium.email.identity.from": "matrix@example.org",
    "threepid.medium.email.connectors.smtp.host": "127.0.0.1",
    "threepid.medium.email.connectors.smtp.port": 1,
    "threepid.medium.email.connectors.smtp.tls": 0,
    "notify.delay": "0s",
  };
}

interface Tree {
  [key: string]: unknown;
}

function set(tree: Tree, [key = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) tree[key] = value;
  else set((tree[key] ??= {}) as Tree, rest, value);
}
