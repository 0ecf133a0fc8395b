/**
 * The database of an imported configuration.
 *
 * @module
 */

import { dirname } from "node:path";
import { Scalar } from "../../settings/scalar.ts";
import { quoted } from "../../text/printable.ts";
import { DATABASE_NAME } from "../passes/derived_defaults.ts";
import type { Settings } from "../sections/settings.ts";
import type { ConfigEnvironment } from "../source/environment.ts";
import { nodeAt, removeNode, type Section, textAt } from "../source/node.ts";
import { keyName } from "../source/positions.ts";
import { setLeaf } from "./old_keys.ts";

const DATABASE = ["storage", "provider", "sqlite", "database"];

/**
 * Names the service's own database. mxisd's stays as it is: the way back needs it.
 *
 * @param settings What the loader made of the old settings.
 */
export function chooseDatabase(
  root: Section,
  settings: Partial<Settings>,
  environment: ConfigEnvironment,
  changes: Map<string, string>,
): void {
  const named = textAt(root, DATABASE);
  if (!named) return;
  const effective = settings.storage?.provider?.sqlite?.database;
  if (effective !== undefined && effective !== named) {
    const node = nodeAt(root, DATABASE) as Scalar;
    setLeaf(root, DATABASE, new Scalar(effective, effective, node.origin));
    changes.set(keyName(DATABASE), `the old one is left as it is; the new one is ${effective}`);
  } else if (!environment.exists(dirname(named))) {
    removeNode(root, DATABASE);
    const where = `${quoted(dirname(named))} does not exist here`;
    changes.set(keyName(DATABASE), `left out, as ${where}: ${DATABASE_NAME} by default`);
  }
}
