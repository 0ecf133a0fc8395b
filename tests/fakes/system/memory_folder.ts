const IN_MEMORY = { dir: "/dev/shm", prefix: "appservice-mxisd-" };

/**
 * Makes a temporary folder in memory, where there is such a file system: a commit of SQLite does not
 * wait for the disk there. Programs without all permissions must not use it, because Deno keeps them
 * out of /dev.
 */
export async function makeMemoryFolder(): Promise<string> {
  try {
    return await Deno.makeTempDir(IN_MEMORY);
  } catch {
    return await Deno.makeTempDir();
  }
}

/** The same, at once. */
export function makeMemoryFolderSync(): string {
  try {
    return Deno.makeTempDirSync(IN_MEMORY);
  } catch {
    return Deno.makeTempDirSync();
  }
}
