/** Reads figures that were exported. */

import assert from "node:assert/strict";

const SAMPLE = /^([a-z_]+(?:\{.*\})?) (\S+)$/;

/** The values by their names with labels; each line must be a sample or a comment. */
export function seriesIn(text: string): ReadonlyMap<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !/^# (?:HELP|TYPE) /.test(line));
  const samples = lines.map((line) => {
    const [, name = "", value = ""] = SAMPLE.exec(line) ?? [];
    assert.notEqual(name, "", `${line} is not a sample`);
    return [name, Number(value)] as const;
  });
  assert.equal(new Set(samples.map(([name]) => name)).size, samples.length, "each series once");
  return new Map(samples);
}
