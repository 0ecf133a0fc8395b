/**
 * The packages that deno.lock pins, and which of them are in an executable.
 *
 * @module
 */

/** A package of npm's registry. */
export interface LockedPackage {
  /** Its key in the lock file, which its dependencies are named by. */
  readonly key: string;
  readonly name: string;
  readonly version: string;
  /** The SHA-512 of its archive, in hexadecimal digits. */
  readonly sha512: string;
  /** The keys of the packages that it needs. */
  readonly dependencies: readonly string[];
}

/** What is read of a lock file of version 5. */
interface LockFile {
  readonly version: string;
  readonly npm: Readonly<Record<string, LockEntry>>;
}

interface LockEntry {
  readonly integrity: string;
  readonly dependencies?: readonly string[];
  readonly optionalDependencies?: readonly string[];
  readonly optionalPeers?: readonly string[];
}

/**
 * The packages in the text of a lock file, by name and version.
 *
 * @throws {Error} When it is not a lock file of the version that is known.
 */
export function lockedPackages(text: string): readonly LockedPackage[] {
  const lock: LockFile = JSON.parse(text);
  if (lock.version !== "5") throw new Error(`deno.lock has version ${lock.version}, not 5`);
  const keys = Object.keys(lock.npm);
  return Object.entries(lock.npm).map(([key, entry]) => {
    // After an underscore come the versions of its peers.
    const [, name, version] = /^(@?[^@]+)@([^_]+)/.exec(key) ?? [];
    const [, sha512] = /^sha512-(.+)$/.exec(entry.integrity) ?? [];
    if (name === undefined || version === undefined || sha512 === undefined) {
      throw new Error(`deno.lock has ${key} in an unknown form`);
    }
    const needed = [...entry.dependencies ?? [], ...entry.optionalDependencies ?? []];
    return {
      ...{ key, name, version, sha512: Uint8Array.fromBase64(sha512).toHex() },
      // A package of which only one version is locked is named without it.
      dependencies: needed.map((need) =>
        keys.find((key) => key === need || key.startsWith(`${need}@`)) ?? need
      ),
    };
  });
}

/** The packages that some modules import, given by their keys, and what these need in turn. */
export function neededPackages(
  all: readonly LockedPackage[],
  imported: Iterable<string>,
): readonly LockedPackage[] {
  const needed = new Set(imported);
  // A set goes on with what is added while it is walked.
  for (const key of needed) {
    for (const other of all.find((item) => item.key === key)?.dependencies ?? []) needed.add(other);
  }
  return all.filter(({ key }) => needed.has(key));
}

/** The keys of the packages that the program imports, also later. */
export async function importedPackages(root: URL): Promise<ReadonlySet<string>> {
  const args = ["info", "--json", "main.ts"];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: root }).output();
  const graph: { readonly modules: readonly { readonly npmPackage?: string }[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  return new Set(graph.modules.flatMap(({ npmPackage }) => npmPackage ?? []));
}
