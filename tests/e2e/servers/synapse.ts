/**
 * A real Synapse with SQLite or PostgreSQL on loopback, in its own folder.
 *
 * @module
 */

import { LOCALHOST } from "../../fakes/net/certificates.ts";
import { Child } from "../../process/child.ts";
import { freePort } from "../../process/free_port.ts";
import { installed, installFolder } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";
import { MatrixUser } from "./matrix_user.ts";

/** How to start it. */
export interface SynapseOptions {
  /** The `server_name`. */
  readonly domain: string;
  /** The port of the client API, for a registration that exists already. Default: a free one. */
  readonly port?: number;
  /** The port of the federation API, for which the name is `localhost` and it. Default: none. */
  readonly federationPort?: number;
  /** The application services' registration files. */
  readonly registrations: readonly string[];
  /** Whether it reads its database every time, for tests that write to it. */
  readonly uncached?: boolean;
  /** Whether it accepts all invitations by itself. */
  readonly acceptsInvites?: boolean;
  /** More variables of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The settings of psycopg2 for a PostgreSQL database. Default: SQLite. */
  readonly postgresql?: Readonly<Record<string, string | number>>;
  /** The file of the SQLite database. Default: one in its own folder. */
  readonly sqlite?: string;
  /** More keys of its configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The port at which its workers reach it. Default: it has none. */
  readonly replicationPort?: number;
}

/** A running Synapse. */
export interface Synapse extends AsyncDisposable {
  /** The base URL of the client API. */
  readonly url: string;
  /** The SQLite database's file. */
  readonly database: string;
  /** Its configuration's file. */
  readonly configuration: string;
  /** Registers an account and logs in. */
  register(localpart: string): Promise<MatrixUser>;
  /** Waits until it has noticed that an application service does not respond. */
  missesService(): Promise<void>;
  /**
   * Stops it and starts it again; logins stay valid.
   *
   * @param env The variables of its environment from then on; as before by default.
   */
  restart(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Kills it. */
  kill(): Promise<void>;
  /** Stops it. */
  down(): Promise<void>;
  /** Starts it again. */
  up(): Promise<void>;
}

/** Starts it and waits until it responds. */
export async function startSynapse(options: SynapseOptions): Promise<Synapse> {
  const python = await installed(`${installFolder()}/synapse/bin/python`);
  const folder = await tempFolder();
  const port = options.port ?? freePort();
  const url = `http://127.0.0.1:${port}`;
  await writeSettings(folder.path, port, options);
  let { env = {} } = options;
  let child = start();

  function start(): Child {
    const file = `${folder.path}/homeserver.yaml`;
    return new Child({
      name: "Synapse",
      command: [python, "-m", "synapse.app.homeserver", "-c", file],
      cwd: folder.path,
      env,
    });
  }

  async function dispose() {
    await child[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  }

  async function ready() {
    await child.line((line) => line.includes("Synapse now listening"), 60_000);
  }

  async function down() {
    await child.stop();
  }

  async function up() {
    child = start();
    await ready();
  }

  try {
    await ready();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    url,
    database: options.sqlite ?? `${folder.path}/homeserver.db`,
    configuration: `${folder.path}/homeserver.yaml`,
    register: (localpart) => MatrixUser.register(url, localpart),
    async missesService() {
      await child.line((line) => line.includes("Starting recoverer for AS"));
    },
    async restart(other = env) {
      env = other;
      await down();
      await up();
    },
    async kill() {
      await child.stop("SIGKILL");
    },
    down,
    up,
    [Symbol.asyncDispose]: dispose,
  };
}

async function writeSettings(folder: string, port: number, options: SynapseOptions) {
  const { federationPort, replicationPort } = options;
  const unlimited = { per_second: 10_000, burst_count: 10_000 };
  const settings = {
    server_name: options.domain,
    listeners: [
      {
        port,
        type: "http",
        bind_addresses: ["127.0.0.1"],
        resources: [{ names: ["client"] }],
      },
      ...federationPort ? [federationListener(federationPort)] : [],
      ...replicationPort ? [replicationListener(replicationPort)] : [],
    ],
    database: options.postgresql
      ? { name: "psycopg2", args: { ...options.postgresql, cp_min: 1, cp_max: 3 } }
      : { name: "sqlite3", args: { database: options.sqlite ?? `${folder}/homeserver.db` } },
    log_config: `${folder}/log.yaml`,
    media_store_path: `${folder}/media`,
    signing_key_path: `${folder}/signing.key`,
    macaroon_secret_key: randomText(),
    form_secret: randomText(),
    report_stats: false,
    enable_registration: true,
    enable_registration_without_verification: true,
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    ...(federationPort ? await federate(folder) : { federation_domain_whitelist: [] }),
    app_service_config_files: options.registrations,
    ...(options.uncached ? { caches: { global_factor: 0 } } : {}),
    ...(options.acceptsInvites ? { auto_accept_invites: { enabled: true } } : {}),
    rc_message: unlimited,
    rc_registration: unlimited,
    rc_joins: { local: unlimited, remote: unlimited },
    rc_invites: { per_room: unlimited, per_user: unlimited, per_issuer: unlimited },
    rc_room_creation: unlimited,
    ...options.settings,
  };
  const log = {
    version: 1,
    formatters: { line: { format: "%(levelname)s %(name)s %(message)s" } },
    handlers: { console: { class: "logging.StreamHandler", formatter: "line" } },
    loggers: { "synapse.app": { level: "INFO" }, "synapse.appservice": { level: "INFO" } },
    root: { level: "WARNING", handlers: ["console"] },
  };
  // JSON is YAML as well.
  await Deno.writeTextFile(`${folder}/homeserver.yaml`, JSON.stringify(settings));
  await Deno.writeTextFile(`${folder}/log.yaml`, JSON.stringify(log));
  await Deno.writeTextFile(`${folder}/signing.key`, `ed25519 a_test ${randomText()}\n`);
}

function federationListener(port: number) {
  const resources = [{ names: ["federation"] }];
  return { port, type: "http", tls: true, bind_addresses: ["127.0.0.1"], resources };
}

function replicationListener(port: number) {
  const resources = [{ names: ["replication"] }];
  return { port, type: "http", bind_addresses: ["127.0.0.1"], resources };
}

async function federate(folder: string) {
  await Deno.writeTextFile(`${folder}/tls.pem`, LOCALHOST.cert);
  await Deno.writeTextFile(`${folder}/tls.key`, LOCALHOST.key);
  return {
    tls_certificate_path: `${folder}/tls.pem`,
    tls_private_key_path: `${folder}/tls.key`,
    federation_verify_certificates: false,
    ip_range_blacklist: [],
  };
}

/** 32 random bytes in base64 without padding: a secret, or a seed of Ed25519. */
function randomText(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64({ omitPadding: true });
}
