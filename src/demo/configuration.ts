/**
 * Writes the demonstration's configuration.
 *
 * @module
 */

import { loadSettings } from "../config/load.ts";
import type { Settings } from "../config/sections/settings.ts";
import { type ConfigEnvironment, machineEnvironment } from "../config/source/environment.ts";
import { writing } from "../system/write_error.ts";
import type { DemoHomeserver } from "./homeserver.ts";
import type { MailCatcher } from "./mail_catcher.ts";

/** The homeserver's name. */
export const DOMAIN = "example.org";

/** How long an invitation waits: long enough to be noticed. */
export const DELAY = "1s";

/** Writes the configuration into the folder, and loads it. */
export async function demoSettings(
  folder: string,
  { hsToken, catcher, homeserver }: {
    readonly hsToken: string;
    readonly catcher: Pick<MailCatcher, "port">;
    readonly homeserver: Pick<DemoHomeserver, "port">;
  },
): Promise<Settings> {
  const file = `${folder}/mxisd.yaml`;
  const text = `# The demonstration's configuration.
matrix:
  domain: ${DOMAIN}
appsvc:
  endpoint:
    toHS: { url: "http://127.0.0.1:${homeserver.port}", token: ${crypto.randomUUID()} }
    toAS: { url: "http://127.0.0.1:8090", token: ${hsToken} }
storage:
  provider: { sqlite: { database: ${JSON.stringify(`${folder}/appservice-mxisd.db`)} } }
server:
  host: 127.0.0.1
  port: 8090
memory:
  enabled: true
  identities:
    - username: alice
      displayName: Alice Adams
      threepids: [{ medium: email, address: alice.adams@corp.example }]
    - username: bob
      displayName: Bob Brown
      threepids: [{ medium: email, address: bob.brown@corp.example }]
threepid:
  medium:
    email:
      identity: { from: matrix@corp.example, name: Matrix at Corp }
      connectors:
        smtp: { host: 127.0.0.1, port: ${catcher.port}, tls: 0 }
notify:
  delay: ${DELAY}
  digest: off
  limits: { perAddress: "off", perInviter: "off", perServer: "off", perRoom: "off" }
`;
  await writing(file, () => Deno.writeTextFile(file, text, { mode: 0o600 }));
  const loaded = await loadSettings(file, demoEnvironment());
  if (loaded.kind === "refused") {
    throw new Error("The demonstration's configuration is invalid", { cause: loaded.problems });
  }
  // Any free port: the configured one may be in use.
  const { settings } = loaded;
  return { ...settings, server: { ...settings.server, port: 0 } };
}

// Without variables: STATE_DIRECTORY would name the folder of the real service's database.
function demoEnvironment(): ConfigEnvironment {
  return { ...machineEnvironment(), env: () => undefined };
}
