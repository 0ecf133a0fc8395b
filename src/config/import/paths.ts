/**
 * The files that an old configuration names.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { Scalar } from "../../settings/scalar.ts";
import { SecretText } from "../../settings/secret.ts";
import type { Settings } from "../sections/settings.ts";
import type { ConfigEnvironment } from "../source/environment.ts";
import { nodeAt, type Section } from "../source/node.ts";
import { keyName, type Path } from "../source/positions.ts";
import { leaves, setLeaf } from "./old_keys.ts";

/**
 * A file that can be read: where it is named, or beside the old file, as paths inside a container are
 * elsewhere outside of it.
 */
export function findFile(
  named: string,
  file: string,
  environment: ConfigEnvironment,
): string | undefined {
  const places = [resolve(environment.cwd, named), join(dirname(file), basename(named))];
  return places.find((place) => isReadable(place, environment));
}

/** Whether a file is there and can be read. */
export function isReadable(path: string, environment: ConfigEnvironment): boolean {
  try {
    environment.tryReading(path, "file");
    return environment.exists(path);
  } catch {
    return false;
  }
}

/**
 * Makes relative paths absolute: they meant the folder in which mxisd ran, or that of the old file.
 *
 * @returns The keys that were changed.
 */
export function makeAbsolute(
  root: Section,
  settings: Partial<Settings>,
  file: string,
  cwd: string,
): readonly string[] {
  const changed: string[] = [];
  for (const path of leaves(root)) {
    const scalar = nodeAt(root, path);
    if (!(scalar instanceof Scalar) || scalar.text === "" || scalar.text.startsWith("/")) continue;
    const absolute = absoluteAt(settings, path, scalar.text, [cwd, dirname(file)]);
    if (absolute === undefined) continue;
    setLeaf(root, path, new Scalar(absolute, absolute, scalar.origin));
    changed.push(keyName(path));
  }
  return changed;
}

function absoluteAt(
  settings: Partial<Settings>,
  path: Path,
  text: string,
  folders: readonly string[],
): string | undefined {
  const value = valueAt(settings, path);
  const read = value instanceof SecretText ? value.reveal() : value;
  const isSecretFile = path.at(-1) === "file" &&
    valueAt(settings, path.slice(0, -1)) instanceof SecretText;
  const places = folders.map((folder) => resolve(folder, text));
  if (isSecretFile) return places.at(-1);
  return places.find((place) => place === read);
}

function valueAt(settings: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null && !(value instanceof SecretText) &&
        Object.hasOwn(value, step)
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    settings,
  );
}
