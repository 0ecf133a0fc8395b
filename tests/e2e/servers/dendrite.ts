/**
 * A real Dendrite with SQLite on loopback, in its own folder.
 *
 * @module
 */

import { Child } from "../../process/child.ts";
import { installed, installFolder } from "../installed.ts";
import type { Homeserver, HomeserverOptions } from "../organisation.ts";
import { tempFolder } from "../temp_folder.ts";
import { runTool } from "./daemon.ts";
import { MatrixUser } from "./matrix_user.ts";

// It has a database for each of its components: one for all of them does not work with SQLite.
const COMPONENTS = {
  federation_api: "database",
  key_server: "database",
  mscs: "database",
  relay_api: "database",
  room_server: "database",
  sync_api: "database",
  user_api: "account_database",
};

/** Starts it and waits until it responds. */
export async function startDendrite(options: HomeserverOptions): Promise<Homeserver> {
  const bin = await installed(`${installFolder()}/dendrite`);
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder()).path;
  const databases = Object.entries(COMPONENTS).map(([component, key]) => [component, {
    [key]: { connection_string: `file:${component}.db` },
  }]);
  const settings = {
    version: 2,
    global: {
      server_name: options.domain,
      private_key: "matrix_key.pem",
      disable_federation: true,
      jetstream: { in_memory: true, storage_path: "./js" },
      cache: {},
    },
    app_service_api: { config_files: options.registrations },
    client_api: { registration_disabled: false, rate_limiting: { enabled: false } },
    media_api: { base_path: "./media", database: { connection_string: "file:media.db" } },
    ...Object.fromEntries(databases),
  };
  // JSON is YAML as well.
  await Deno.writeTextFile(`${folder}/dendrite.yaml`, JSON.stringify(settings));
  await runTool([`${bin}/generate-keys`, "--private-key", "matrix_key.pem"], { cwd: folder });
  const child = stack.use(
    new Child({
      name: "Dendrite",
      command: [
        `${bin}/dendrite`,
        ...["-config", "dendrite.yaml", "-http-bind-address", `127.0.0.1:${options.port}`],
        "-really-enable-open-registration",
      ],
      cwd: folder,
    }),
  );
  await child.line((line) => line.includes("Starting external listener"), 60_000);
  const url = `http://127.0.0.1:${options.port}`;
  await responds(url);
  const parts = stack.move();
  return {
    url,
    register: (localpart) => MatrixUser.register(url, localpart),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

// It says that it listens just before it does.
async function responds(url: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      const response = await fetch(`${url}/_matrix/client/versions`);
      await response.body?.cancel();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
