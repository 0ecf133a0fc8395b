/**
 * Settings for previews without a configuration.
 *
 * @module
 */

import { loadSettings } from "../config/load.ts";
import type { Settings } from "../config/sections/settings.ts";
import type { ConfigEnvironment } from "../config/source/environment.ts";

const CONFIGURATION = `
matrix: { domain: example.org }
server: { publicUrl: https://chat.example.org }
appsvc:
  endpoint:
    toHS: { url: http://localhost:8008 }
    toAS: { token: nobody-uses-this-one }
threepid:
  medium:
    email:
      identity: { from: matrix@example.org, name: Matrix at Example }
      connector: none
`;

/** The settings that the built-in mails are shown with. */
export async function sampleSettings(): Promise<Settings> {
  const nothing: ConfigEnvironment = {
    cwd: "/",
    readText: () => CONFIGURATION,
    readBytes: () => new Uint8Array(),
    tryReading: () => {},
    exists: (path) => path === "/", // where the database would be
    env: () => undefined,
    databaseTables: () => undefined,
  };
  const loaded = await loadSettings("/mxisd.yaml", nothing);
  if (loaded.kind === "loaded") return loaded.settings;
  throw new Error("The samples' configuration is wrong", { cause: loaded.problems });
}
