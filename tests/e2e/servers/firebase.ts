/**
 * Firebase's emulator of its Auth service on loopback, which keeps its users in memory.
 *
 * @module
 */

import { freePort } from "../../process/free_port.ts";
import { installed, installFolder } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";
import { type Detached, startDetached } from "./detached.ts";

/** The project. For a name that begins with `demo-` the emulator sends no requests elsewhere. */
export const PROJECT = "demo-people";

/** The access token of an administrator of the emulator. */
export const OWNER_TOKEN = "owner";

/** A user as `accounts:batchCreate` takes one; `localId` is its ID. */
export type FirebaseUpload = { readonly localId: string } & Readonly<Record<string, unknown>>;

/** A running emulator. */
export interface FirebaseEmulator extends AsyncDisposable {
  /** The Identity Toolkit API. */
  readonly url: string;
  /** Replaces all users. */
  replaceUsers(users: readonly FirebaseUpload[]): Promise<void>;
  /** Kills it. */
  down(): Promise<void>;
  /** Starts it with the same users unless it is running, and waits until it responds. */
  up(): Promise<void>;
  /** Makes it accept connections without responding, until it is started or disposed of. */
  stall(): Promise<void>;
}

/** Starts it without users, and waits until it responds. */
export async function startFirebase(): Promise<FirebaseEmulator> {
  const tools = `${installFolder()}/firebase/node_modules/firebase-tools/lib/bin/firebase.js`;
  const command = ["node", await installed(tools)] as const;
  const folder = await tempFolder();
  const ports = { auth: freePort(), hub: freePort(), logging: freePort() };
  const url = `http://127.0.0.1:${ports.auth}/identitytoolkit.googleapis.com`;
  const accounts = `${url}/v1/projects/${PROJECT}/accounts`;
  let users: readonly FirebaseUpload[] = [];
  let server: Detached | undefined;
  let isStalled = false;

  async function request(
    method: "POST" | "DELETE",
    target: string,
    body?: unknown,
  ): Promise<unknown> {
    const headers = {
      authorization: `Bearer ${OWNER_TOKEN}`,
      "content-type": "application/json",
    };
    const response = await fetch(target, { method, headers, body: JSON.stringify(body) ?? null });
    // An upload lists the users that it has not stored.
    const { error = [], ...result } = await response.json();
    if (response.ok && error.length === 0) return result;
    throw new Error(`${method} ${target}: ${JSON.stringify(error)}`);
  }

  async function upload(): Promise<void> {
    if (users.length > 0) await request("POST", `${accounts}:batchCreate`, { users });
  }

  const emulator: FirebaseEmulator = {
    url,
    async replaceUsers(next) {
      users = next;
      const emulated = `http://127.0.0.1:${ports.auth}/emulator/v1/projects/${PROJECT}/accounts`;
      await request("DELETE", emulated);
      await upload();
    },
    async down() {
      await server?.kill();
      server = undefined;
      isStalled = false;
    },
    async up() {
      if (isStalled) server?.signal("SIGCONT");
      isStalled = false;
      if (server !== undefined) return;
      server = await startDetached({
        command: [...command, "emulators:start", "--only", "auth", "--project", PROJECT],
        cwd: folder.path,
        env: { HOME: folder.path, PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", CI: "1" },
        log: `${folder.path}/log`,
        ready: "All emulators ready",
      });
      await upload();
    },
    async stall() {
      await server?.stall();
      isStalled = true;
    },
    async [Symbol.asyncDispose]() {
      await emulator.down();
      await folder[Symbol.asyncDispose]();
    },
  };

  try {
    await writeSettings(folder.path, ports);
    await emulator.up();
  } catch (error) {
    await emulator[Symbol.asyncDispose]();
    throw error;
  }
  return emulator;
}

async function writeSettings(folder: string, ports: Readonly<Record<string, number>>) {
  const addresses = Object.entries(ports).map((
    [name, port],
  ) => [name, { host: "127.0.0.1", port }]);
  const emulators = { ...Object.fromEntries(addresses), ui: { enabled: false } };
  await Deno.writeTextFile(`${folder}/firebase.json`, JSON.stringify({ emulators }));
  // Keeps it from fetching the message of the day.
  const seen = { motd: { fetched: Date.UTC(2100, 0, 1) } };
  await Deno.mkdir(`${folder}/.config/configstore`, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/.config/configstore/firebase-tools.json`,
    JSON.stringify(seen),
  );
}
