/**
 * The tables of a real WordPress, created by its installer.
 *
 * @module
 */

import { installed } from "../installed.ts";
import { runTool } from "./daemon.ts";
import type { Mariadb } from "./mariadb.ts";

const WORDPRESS = "/usr/share/wordpress";

/** A user to add, in WordPress's terms. */
export interface WordpressUser {
  /** The login name. */
  readonly user_login: string;
  /** The email address. */
  readonly user_email: string;
  /** The display name. */
  readonly display_name?: string;
}

/** Installs WordPress into the database unless it is there, and adds users as WordPress does. */
export async function addWordpressUsers(
  server: Mariadb,
  options: { readonly database: string; readonly prefix: string },
  users: readonly WordpressUser[],
): Promise<void> {
  await installed(`${WORDPRESS}/wp-settings.php`);
  const settings = {
    ...options,
    wordpress: WORDPRESS,
    port: server.port,
    user: "root",
    password: "",
  };
  const script = new URL("wordpress.php", import.meta.url).pathname;
  await runTool(["php", script, JSON.stringify(settings)], { input: JSON.stringify(users) });
}
