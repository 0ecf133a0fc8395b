/**
 * What is to be reached, as ratios of figures of one run.
 *
 * @module
 */

import { ratioOf } from "./figures.ts";
import type { Rounds } from "./measure.ts";

/** A ratio of two subjects' figures that has to be reached. */
export interface Target {
  /** The scenario. */
  readonly scenario: string;
  readonly figure: string;
  readonly subject: string;
  readonly comparedWith: string;
  /** The least ratio, or the greatest. */
  readonly bound: { readonly least: number } | { readonly most: number };
}

/** A target with the ratio that was measured. */
export interface Reached extends Target {
  readonly ratio: number;
  readonly isMet: boolean;
}

/** Compares what was measured with the targets; those whose subjects were not measured are left out. */
export function compare(
  targets: readonly Target[],
  measured: ReadonlyMap<string, Rounds>,
): readonly Reached[] {
  return targets.flatMap((target) => {
    const rounds = measured.get(target.scenario);
    const ours = rounds?.get(target.subject)?.[target.figure];
    const theirs = rounds?.get(target.comparedWith)?.[target.figure];
    if (!ours || !theirs) return [];
    const ratio = ratioOf(ours, theirs);
    const { bound } = target;
    return [{
      ...target,
      ratio,
      isMet: "least" in bound ? ratio >= bound.least : ratio <= bound.most,
    }];
  });
}
