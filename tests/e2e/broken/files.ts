/**
 * Faults of files, folders and ports of this machine.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { SCHEMA_VERSION } from "../../../src/outbox/sqlite/migrations.ts";
import { HS_TOKEN } from "../../cli/workspace.ts";
import { mounted } from "../../process/refused_folders.ts";
import type { BrokenDeployment } from "./deployment.ts";
import { AS_TOKEN, type Site, SMTP } from "./site.ts";

const DATABASE = "storage.provider.sqlite.database";
const REGISTRATION = "appsvc.registration.synapse.file";
const NOBODY = 65_534;

/** The registration that the configuration asks for, with these differences. */
export function registration(site: Site, differences: Readonly<Record<string, string>> = {}) {
  const keys = {
    id: "appservice-mxisd",
    url: `http://127.0.0.1:${site.port}`,
    as_token: AS_TOKEN,
    hs_token: HS_TOKEN,
    sender_localpart: "appservice-mxisd",
    ...differences,
  };
  const users = String.raw`^@.*:example\.org$`;
  return `${Object.entries(keys).map(([key, value]) => `${key}: "${value}"\n`).join("")}` +
    `namespaces:\n  users:\n    - { regex: '${users}', exclusive: false }\n` +
    "  aliases: []\n  rooms: []\n";
}

/** Without tokens in the configuration: they are in the registration. */
const FROM_REGISTRATION = {
  "appsvc.endpoint.toHS.token": undefined,
  "appsvc.endpoint.toAS.token": undefined,
};

async function readOnly(site: Site): Promise<string> {
  const { path, undo } = await mounted(site.folder, "ro");
  site.defer(undo);
  return path;
}

/** All of them. */
export const FILE_FAULTS: readonly BrokenDeployment[] = [
  {
    what: "port taken",
    known: "before the start",
    arrange(site) {
      site.use(Deno.listen({ hostname: "127.0.0.1", port: site.port }));
      return {};
    },
  },
  {
    what: "address of another machine",
    known: "before the start",
    arrange: () => ({ "server.host": "203.0.113.1" }),
  },
  {
    what: "database in a folder that is not writable",
    known: "before the start",
    unprivileged: true,
    async arrange(site) {
      await Deno.mkdir(site.path("state"), { mode: 0o755 });
      await Deno.chown(site.path("state"), NOBODY, NOBODY);
      return { [DATABASE]: site.path("state/outbox.db") };
    },
  },
  {
    what: "database in a folder that does not exist",
    known: "before the start",
    arrange: (site) => ({ [DATABASE]: site.path("state/outbox.db") }),
  },
  {
    what: "database on a read-only file system",
    known: "before the start",
    arrange: async (site) => ({ [DATABASE]: `${await readOnly(site)}/outbox.db` }),
  },
  {
    what: "no space for the database",
    known: "before the start",
    async arrange(site) {
      const { path, undo } = await mounted(site.folder, "size=64k");
      site.defer(undo);
      await Deno.writeFile(`${path}/full`, new Uint8Array(60 * 1024)).catch(() => {});
      return { [DATABASE]: `${path}/outbox.db` };
    },
  },
  {
    what: "database of a newer version",
    known: "before the start",
    arrange(site) {
      const file = site.path("outbox.db");
      using database = new DatabaseSync(file);
      database.exec("PRAGMA user_version = 9999");
      site.call(SCHEMA_VERSION, "VERSION");
      return { [DATABASE]: file };
    },
  },
  {
    what: "database of another program",
    known: "before the start",
    arrange(site) {
      const file = site.path("homeserver.db");
      using database = new DatabaseSync(file);
      database.exec("CREATE TABLE users (name TEXT)");
      return { [DATABASE]: file };
    },
  },
  {
    what: "secret file missing",
    known: "before the start",
    arrange: () => ({
      [`${SMTP}.login`]: "matrix",
      [`${SMTP}.password`]: { file: "smtp-password" },
    }),
  },
  {
    what: "template broken",
    known: "before the start",
    async arrange(site) {
      await Deno.mkdir(site.path("templates"));
      await site.write("templates/subject.liquid", "Invited{% if %}");
      return { "notify.templates": "templates" };
    },
  },
  {
    what: "configuration unreadable",
    known: "before the start",
    unprivileged: true,
    async arrange(site) {
      await Deno.chown(await site.configure({}), NOBODY, NOBODY);
    },
  },
  {
    what: "registration unreadable",
    known: "before the start",
    unprivileged: true,
    async arrange(site) {
      const file = await site.write("registration.yaml", registration(site));
      await Deno.chown(file, NOBODY, NOBODY);
      return { ...FROM_REGISTRATION, [REGISTRATION]: file };
    },
  },
  {
    what: "registration missing",
    known: "before the start",
    arrange: (site) => ({ ...FROM_REGISTRATION, [REGISTRATION]: site.path("registration.yaml") }),
  },
  {
    what: "registration that cannot be kept up to date",
    known: "at the start",
    event: "registration not updated",
    async arrange(site) {
      await Deno.mkdir(site.path("etc"));
      const file = await site.write(
        "etc/registration.yaml",
        registration(site, { url: "http://old:1" }),
      );
      await Deno.chown(site.path("etc"), NOBODY, NOBODY);
      return { [REGISTRATION]: file };
    },
    unprivileged: true,
  },
  {
    what: "registration of another service",
    known: "at the start",
    event: "registration problem",
    async arrange(site) {
      const other = {
        as_token: "as-of-a-bridge-0123456789",
        hs_token: "hs-of-a-bridge-0123456789",
      };
      return { [REGISTRATION]: await site.write("registration.yaml", registration(site, other)) };
    },
  },
  {
    what: "program for sending emails missing",
    known: "before the start",
    arrange: () => ({
      "notification.handler.email": "sendmail",
      "notification.handlers.sendmail.command": "/usr/sbin/no-such-program",
    }),
  },
];
