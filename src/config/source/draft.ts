/**
 * A configuration on its way from the file to the settings.
 *
 * @module
 */

import { Scalar } from "../../settings/scalar.ts";
import type { ConfigEnvironment } from "./environment.ts";
import { type Node, nodeAt, putNode, removeNode, type Section, textAt } from "./node.ts";
import { originOf } from "./origin.ts";
import type { Path } from "./positions.ts";
import type { Report } from "./report.ts";

/** What stands in the file, which each step brings closer to what the schema wants. */
export class Draft {
  /** Takes what was read, and where it came from; `file` is an absolute path. */
  constructor(
    readonly root: Section,
    readonly report: Report,
    readonly environment: ConfigEnvironment,
    readonly file: string,
  ) {}

  /** The value that stands there. */
  node(path: Path): Node | undefined {
    return nodeAt(this.root, path);
  }

  /** The text of the scalar that stands there, as it was written. */
  text(path: Path): string | undefined {
    return textAt(this.root, path);
  }

  /** The path that stands there, made absolute as a key of mxisd is. */
  absolutePath(path: Path): string | undefined {
    const node = this.node(path);
    const text = this.text(path);
    if (!(node instanceof Scalar) || text === undefined || text === "") return undefined;
    return node.origin.resolve(text, "mxisd");
  }

  /**
   * Puts a text where nothing stands; problems with it are told of the key `because`, which it
   * comes from.
   */
  fill(path: readonly string[], text: string, because?: Path): void {
    if (this.node(path) !== undefined) return;
    const origin = originOf(this.environment, this.file, because ?? path, this.report);
    if (!putNode(this.root, path, new Scalar(text, text, origin))) return;
    if (because) this.report.places.add(path, this.report.places.nearest(because));
  }

  /** Takes out what stands there, and puts a text in its place. */
  replace(path: readonly string[], text: string): void {
    removeNode(this.root, path);
    this.fill(path, text);
  }
}
