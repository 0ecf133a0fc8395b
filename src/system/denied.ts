/**
 * Explains who may not read or write a file or a folder, and what lets them.
 *
 * @module
 */

import { dirname } from "node:path";
import { shellWord } from "../text/shell_word.ts";
import { groupName, type OwnAccount, ownAccount, userName } from "./accounts.ts";

/**
 * Why the system refused a path, in words that fit after "cannot be read:" or "cannot be written:".
 *
 * @param path Where given, the message says who has the permission, and how to give it.
 */
export function describeDenied(path: string | undefined, use: "read" | "write"): string {
  const own = ownAccount();
  const who = own ? `user ${own.user}` : "the user that this program runs as";
  return `permission denied to ${who}${path === undefined ? "" : details(path, use, own)}`;
}

function details(path: string, use: "read" | "write", own: OwnAccount | undefined): string {
  const file = statOf(path);
  if (use === "write") {
    const folder = file ? undefined : statOf(dirname(path));
    if (file) return ` (its owner is ${ownerOf(file)})`;
    return folder ? ` (the owner of its folder is ${ownerOf(folder)})` : "";
  }
  if (file) {
    return ` (its owner is ${ownerOf(file)})${own ? `; ${readRemedy(path, file, own)}` : ""}`;
  }
  const closed = closedFolder(path);
  const info = closed === undefined ? undefined : statOf(closed);
  if (closed === undefined || info === undefined) return "";
  const folder = shellWord(closed);
  const enter = own ? `; to let it in: chgrp ${own.group} ${folder} && chmod g+x ${folder}` : "";
  return ` (the folder ${folder} is closed to it: its owner is ${ownerOf(info)})${enter}`;
}

function readRemedy(path: string, { uid, gid, mode }: Deno.FileInfo, own: OwnAccount): string {
  const bit = uid === own.uid ? 0o400 : gid === own.gid ? 0o040 : 0o004;
  if (((mode ?? 0) & bit) !== 0) {
    return "its mode allows it, so that SELinux, AppArmor or systemd forbids it: see the system's log";
  }
  const file = shellWord(path);
  // What root owns, root can read whoever it is given to.
  const command = uid === own.uid || uid === 0
    ? `chown ${own.user} ${file} && chmod u+r ${file}`
    : `chgrp ${own.group} ${file} && chmod g+r ${file}`;
  return `to let it read: ${command}`;
}

// The folder whose entries cannot be looked at, on the way to a path.
function closedFolder(path: string): string | undefined {
  for (let child = path; dirname(child) !== child; child = dirname(child)) {
    if (statOf(dirname(child))) return dirname(child);
  }
  return undefined;
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

function ownerOf({ uid, gid, mode }: Deno.FileInfo): string {
  if (uid === null || gid === null || mode === null) return "unknown";
  const digits = (mode & 0o777).toString(8).padStart(3, "0");
  return `user ${userName(uid)}, group ${groupName(gid)}, its mode 0${digits}`;
}
