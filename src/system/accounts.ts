/**
 * Names of the users and groups of this machine, for messages.
 *
 * @module
 */

/** The user and the group that this program runs as. */
export interface OwnAccount {
  readonly uid: number;
  readonly gid: number;
  /** The user's name, else the number. */
  readonly user: string;
  /** The group's name, else the number. */
  readonly group: string;
}

/** Who this program runs as; `undefined` without Deno's permission to ask (`--allow-sys=uid,gid`). */
export function ownAccount(): OwnAccount | undefined {
  for (const kind of ["uid", "gid"] as const) {
    if (Deno.permissions.querySync({ name: "sys", kind }).state !== "granted") return undefined;
  }
  const [uid, gid] = [Deno.uid(), Deno.gid()];
  if (uid === null || gid === null) return undefined;
  return { uid, gid, user: userName(uid), group: groupName(gid) };
}

/** The name of a user, else the number. */
export function userName(uid: number): string {
  return nameIn("/etc/passwd", uid);
}

/** The name of a group, else the number. */
export function groupName(gid: number): string {
  return nameIn("/etc/group", gid);
}

// Users of a directory are in neither file: their numbers have to do.
function nameIn(file: string, id: number): string {
  const number = String(id);
  try {
    for (const line of Deno.readTextFileSync(file).split("\n")) {
      const [name, , other] = line.split(":");
      if (other === number && /^[\w.-]+$/.test(name ?? "")) return name ?? number;
    }
  } catch {
    // Not every system has these files, and not every process may read them.
  }
  return number;
}
