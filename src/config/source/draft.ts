/**
 * A configuration between the file and the settings.
 *
 * @module
 */

import { Scalar } from "../../settings/scalar.ts";
import type { ConfigEnvironment } from "./environment.ts";
import { type Node, nodeAt, putNode, removeNode, type Section, textAt } from "./node.ts";
import { originOf } from "./origin.ts";
import type { Path } from "./positions.ts";
import type { Report } from "./report.ts";

/** The file's keys, which each pass brings closer to the schema. */
export class Draft {
  /** Takes the file's keys and where they came from; `file` is an absolute path. */
  constructor(
    readonly root: Section,
    readonly report: Report,
    readonly environment: ConfigEnvironment,
    readonly file: string,
  ) {}

  /** The value at a path. */
  node(path: Path): Node | undefined {
    return nodeAt(this.root, path);
  }

  /** The text of the scalar at a path, as it is written. */
  text(path: Path): string | undefined {
    return textAt(this.root, path);
  }

  /** The file path at a path, made absolute in the manner of mxisd's keys. */
  absolutePath(path: Path): string | undefined {
    const node = this.node(path);
    const text = this.text(path);
    if (!(node instanceof Scalar) || text === undefined || text === "") return undefined;
    return node.origin.resolve(text, "mxisd");
  }

  /**
   * Sets a text where there is no value. Its problems are reported at the key `because`, which it
   * comes from.
   */
  fill(path: readonly string[], text: string, because?: Path): void {
    if (this.node(path) !== undefined) return;
    const origin = originOf(this.environment, this.file, because ?? path, this.report);
    if (!putNode(this.root, path, new Scalar(text, text, origin))) return;
    if (because) this.report.positions.add(path, this.report.positions.nearest(because));
  }

  /** Replaces the value at a path with a text. */
  replace(path: readonly string[], text: string): void {
    removeNode(this.root, path);
    this.fill(path, text);
  }
}
