/**
 * What a process holds, and whether that grows.
 *
 * @module
 */

/** What a service holds at a moment. */
export interface SoakSample {
  /** How many invites it was given so far. */
  readonly invites: number;
  /** The resident set, in MiB. */
  readonly memoryMiB: number;
  /** How many files and sockets it has open. */
  readonly descriptors: number;
  /** The files of the database, in KiB. */
  readonly databaseKiB: number;
}

const KIB = 1024;
// The heap is collected at times, and the log of the database is emptied at times.
const MAX_MEMORY_MIB = 12;
const MAX_DESCRIPTORS = 4;
const MAX_DATABASE_KIB = 512;
// The key of an event is kept for longer than the invitation, as a homeserver may repeat it.
const KEY_KIB = 0.25;

/** Takes a sample of a process that has a database with this name. */
export async function takeSample(
  pid: number,
  database: string,
  invites: number,
): Promise<SoakSample> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const folder = `/proc/${pid}/fd`;
  const files = new Set<string>();
  let descriptors = 0;
  for await (const { name } of Deno.readDir(folder)) {
    descriptors++;
    // It may be closed by now.
    const target = await Deno.readLink(`${folder}/${name}`).catch(() => "");
    if (/\/[^/]*$/.exec(target)?.[0].startsWith(`/${database}`)) files.add(target);
  }
  if (files.size === 0) throw new Error(`the process has no file ${database} open`);
  let bytes = 0;
  for (const file of files) bytes += (await Deno.stat(file)).size;
  return {
    invites,
    memoryMiB: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / KIB,
    descriptors,
    databaseKiB: bytes / KIB,
  };
}

/**
 * What grew from the second third of the samples to the last one: nothing, if all is well. In the first
 * third a service fills its caches, and its database up to what it retains.
 */
export function excessOfSoak(samples: readonly SoakSample[]): readonly string[] {
  const third = Math.floor(samples.length / 3);
  if (third === 0) throw new RangeError("too few samples");
  const [before, after] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  const growth = (of: (sample: SoakSample) => number) => median(after, of) - median(before, of);
  const invites = growth(({ invites }) => invites);
  const grown: readonly (readonly [name: string, value: number, limit: number, unit: string])[] = [
    ["memory", growth(({ memoryMiB }) => memoryMiB), MAX_MEMORY_MIB, "MiB"],
    ["open files", growth(({ descriptors }) => descriptors), MAX_DESCRIPTORS, "descriptors"],
    [
      "database",
      growth(({ databaseKiB }) => databaseKiB),
      MAX_DATABASE_KIB + KEY_KIB * invites,
      "KiB",
    ],
  ];
  return grown.filter(([, value, limit]) => value > limit).map(([name, value, limit, unit]) =>
    `${name}: ${Math.round(value)} ${unit} more in the last third, and ${Math.round(limit)} may be`
  );
}

function median(samples: readonly SoakSample[], of: (sample: SoakSample) => number): number {
  const sorted = samples.map(of).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
