/**
 * A real Keycloak on loopback, with and without TLS, with its database in its own folder.
 *
 * @module
 */

import { LOCALHOST } from "../../fakes/net/certificates.ts";
import { freePort } from "../../process/free_port.ts";
import { installed, installFolder } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";
import { type Detached, startDetached } from "./detached.ts";

/** A Keycloak that can be stopped and started. */
export interface Keycloak extends AsyncDisposable {
  /** Its URL. */
  readonly url: string;
  /** Its URL with TLS. */
  readonly secureUrl: string;
  /**
   * Sends a request to the admin REST API as the administrator, and returns the JSON of the response,
   * if any.
   *
   * @param path What follows `/admin/realms`.
   */
  administer(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Starts it unless it is running, and waits until it responds. */
  up(): Promise<void>;
  /** Stops it. */
  down(): Promise<void>;
  /** Makes it accept connections without responding, until it is started or disposed of. */
  stall(): Promise<void>;
}

const ADMIN = { username: "admin", password: "adm1n-s3cret" };

/** Starts it with only the realm `master`. */
export async function startKeycloak(): Promise<Keycloak> {
  const home = `${installFolder()}/keycloak`;
  const program = await installed(`${home}/lib/quarkus-run.jar`);
  const folder = await tempFolder();
  const [port, securePort] = [freePort(), freePort()];
  const url = `http://127.0.0.1:${port}`;
  let server: Detached | undefined;
  let isStalled = false;

  async function request(path: string, init: RequestInit): Promise<unknown> {
    const response = await fetch(url + path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${init.method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  async function authorize(): Promise<string> {
    const form = { grant_type: "password", client_id: "admin-cli", ...ADMIN };
    const response = await request("/realms/master/protocol/openid-connect/token", {
      method: "POST",
      body: new URLSearchParams(form),
    });
    return `Bearer ${(response as { readonly access_token: string }).access_token}`;
  }

  const keycloak: Keycloak = {
    url,
    secureUrl: `https://localhost:${securePort}`,
    async administer(method, path, body) {
      const headers = { authorization: await authorize(), "content-type": "application/json" };
      const init = { method, headers, body: JSON.stringify(body) ?? null };
      return await request(`/admin/realms${path}`, init);
    },
    async up() {
      if (isStalled) server?.signal("SIGCONT");
      isStalled = false;
      server ??= await startDetached({
        command: ["java", ...javaOptions(folder.path, program), ...options(port, securePort)],
        cwd: folder.path,
        env: {
          PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
          KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
          KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
        },
        log: `${folder.path}/log`,
        ready: "Listening on: ",
      });
    },
    async down() {
      if (isStalled) server?.signal("SIGCONT");
      isStalled = false;
      // Its database writes a commit to disk half a second later.
      await server?.kill("SIGTERM");
      server = undefined;
    },
    async stall() {
      await server?.stall();
      isStalled = true;
    },
    async [Symbol.asyncDispose]() {
      await server?.kill();
      await folder[Symbol.asyncDispose]();
    },
  };

  try {
    await prepare(folder.path, home);
    await keycloak.up();
  } catch (error) {
    await keycloak[Symbol.asyncDispose]();
    throw error;
  }
  return keycloak;
}

// It keeps its data in its home folder, so each instance gets one that links to the program.
async function prepare(folder: string, home: string): Promise<void> {
  for (const name of ["conf", "lib", "providers", "themes"]) {
    await Deno.symlink(`${home}/${name}`, `${folder}/${name}`);
  }
  await Deno.writeTextFile(`${folder}/cert.pem`, LOCALHOST.cert);
  await Deno.writeTextFile(`${folder}/key.pem`, LOCALHOST.key, { mode: 0o600 });
}

// The options that kc.sh passes to Java. The script itself would not pass signals on.
function javaOptions(folder: string, program: string): string[] {
  const factory = "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory";
  return [
    // For a fast start.
    ...["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xms64m", "-Xmx512m"],
    "-Dfile.encoding=UTF-8",
    `-Djava.util.concurrent.ForkJoinPool.common.threadFactory=${factory}`,
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Dpicocli.disable.closures=true",
    `-Dkc.home.dir=${folder}`,
    `-Djboss.server.config.dir=${folder}/conf`,
    ...["java.util", "java.util.concurrent", "java.security"].map((name) =>
      `--add-opens=java.base/${name}=ALL-UNNAMED`
    ),
    ...["-cp", program, "io.quarkus.bootstrap.runner.QuarkusEntryPoint"],
  ];
}

function options(port: number, securePort: number): string[] {
  return [
    ...["start", "--optimized", "--hostname-strict=false"],
    // A cluster would listen on all interfaces.
    "--cache=local",
    ...["--http-enabled=true", "--http-host=127.0.0.1", `--http-port=${port}`],
    ...[`--https-port=${securePort}`, "--https-certificate-file=cert.pem"],
    "--https-certificate-key-file=key.pem",
  ];
}
