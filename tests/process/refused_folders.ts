/**
 * Folders in which the operating system refuses to write, each for a reason of its own.
 *
 * @module
 */

import { runToEnd } from "./run_to_end.ts";

/** A folder in which nothing can be created, and a part of the reason that messages give. */
export interface RefusedFolder {
  /** Why it cannot, for the name of a test. */
  readonly what: string;
  /** What the messages have to say. */
  readonly reason: RegExp;
  /** Makes it below a folder of the test. It is removed with that, after `undo`. */
  make(folder: string): Promise<{ readonly path: string; readonly undo: () => Promise<void> }>;
}

async function run(...command: readonly [string, ...string[]]): Promise<void> {
  const { code, errors } = await runToEnd(command);
  if (code !== 0) throw new Error(`${command.join(" ")}: ${errors}`);
}

/** A file system of its own, in memory, with options of tmpfs; mounting needs root. */
export async function mounted(folder: string, options: string) {
  const path = `${folder}/mounted`;
  await Deno.mkdir(path);
  await run("mount", "-t", "tmpfs", "-o", options, "none", path);
  return { path, undo: () => run("umount", path) };
}

const nothing = () => Promise.resolve();

/** All of them. Mounting needs root. */
export const REFUSED_FOLDERS: readonly RefusedFolder[] = [
  {
    what: "its file system is read-only",
    reason: /its file system is read-only: .*ReadWritePaths=/,
    make: (folder) => mounted(folder, "ro"),
  },
  {
    what: "no inode is left",
    reason: /no space or no inode is left on its file system: see df and df -i/,
    // The only one is the folder's own.
    make: (folder) => mounted(folder, "nr_inodes=1"),
  },
  {
    what: "the user may not write there",
    reason: /permission denied to user .* \(.*owner.* is user root/,
    // Root may write everywhere except where the kernel creates the files.
    make: () => Promise.resolve({ path: "/sys/kernel", undo: nothing }),
  },
  {
    what: "its name is too long",
    reason: /its name or path is too long/,
    make: (folder) => Promise.resolve({ path: `${folder}/${"x".repeat(256)}`, undo: nothing }),
  },
  {
    what: "a file stands in its way",
    reason: /part of its path is not a folder/,
    async make(folder) {
      await Deno.writeTextFile(`${folder}/file`, "");
      return { path: `${folder}/file/folder`, undo: nothing };
    },
  },
  {
    what: "symbolic links form a circle",
    reason: /its path has too many symbolic links, or they form a circle/,
    async make(folder) {
      await Deno.symlink("circle", `${folder}/circle`);
      return { path: `${folder}/circle`, undo: nothing };
    },
  },
];
