/**
 * A real Synapse with PostgreSQL, Redis and a worker that pushes to application services.
 *
 * @module
 */

import { Child } from "../../process/child.ts";
import { freePort } from "../../process/free_port.ts";
import { installed, installFolder } from "../installed.ts";
import type { Homeserver, HomeserverOptions } from "../organisation.ts";
import { tempFolder } from "../temp_folder.ts";
import { startPostgresql } from "./postgresql.ts";
import { startSynapse } from "./synapse.ts";

const WORKER = "appservice_worker";

/** Starts all of them and waits until they are ready. */
export async function startSynapseWithWorker(options: HomeserverOptions): Promise<Homeserver> {
  const python = await installed(`${installFolder()}/synapse/bin/python`);
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder()).path;
  const postgresql = stack.use(await startPostgresql());
  await postgresql.run(
    "postgres",
    "CREATE DATABASE synapse ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
  );
  const redisPort = freePort();
  const redis = stack.use(
    new Child({
      name: "Redis",
      command: [
        await installed("/usr/bin/redis-server"),
        ...["--port", `${redisPort}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder],
      ],
      cwd: folder,
    }),
  );
  await redis.line((line) => line.includes("Ready to accept connections"), 60_000);

  const replicationPort = freePort();
  const { port, superuser: { user, password } } = postgresql;
  const synapse = stack.use(
    await startSynapse({
      ...options,
      postgresql: { host: "127.0.0.1", port, user, password, dbname: "synapse" },
      replicationPort,
      settings: {
        notify_appservices_from_worker: WORKER,
        redis: { enabled: true, host: "127.0.0.1", port: redisPort },
        instance_map: { main: { host: "127.0.0.1", port: replicationPort } },
      },
    }),
  );
  const log = synapse.configuration.replace(/[^/]*$/, "log.yaml");
  const settings = {
    worker_app: "synapse.app.generic_worker",
    worker_name: WORKER,
    worker_log_config: log,
    // It needs one, to be asked whether it is alive.
    worker_listeners: [{
      type: "http",
      port: freePort(),
      bind_addresses: ["127.0.0.1"],
      resources: [{ names: ["health"] }],
    }],
  };
  await Deno.writeTextFile(`${folder}/worker.yaml`, JSON.stringify(settings));
  const configurations = ["-c", synapse.configuration, "-c", `${folder}/worker.yaml`];
  const worker = stack.use(
    new Child({
      name: "Synapse's worker",
      command: [python, "-m", "synapse.app.generic_worker", ...configurations],
      cwd: folder,
    }),
  );
  await worker.line((line) => line.includes("Synapse now listening"), 60_000);
  const parts = stack.move();
  return {
    url: synapse.url,
    register: synapse.register,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
