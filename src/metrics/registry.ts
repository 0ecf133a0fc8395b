/**
 * Keeps the figures, and writes them in the text format of Prometheus (version 0.0.4, "Exposition
 * formats" of its documentation).
 *
 * @module
 */

import { type Figure, type FigureName, type FigureOf, FIGURES, type LabelsOf } from "./figures.ts";

/** The media type of {@linkcode Registry.exposition}. */
export const EXPOSITION_TYPE: string = "text/plain; version=0.0.4; charset=utf-8";

const PREFIX = "appservice_mxisd_";
// More combinations of labels are counted together: each is a time series for ever.
const MAX_SERIES = 200;
const OTHER = "other";

interface Series {
  /** In the order of the figure's labels. */
  readonly labels: readonly string[];
  value: number;
  /** Of a histogram, the observations by bucket; the last one is that of all others. */
  readonly buckets: number[];
}

/** The figures of one service, all zero at first. */
export class Registry {
  readonly #series = new Map<FigureName, Map<string, Series>>();

  /** Series whose labels are known beforehand exist from the start, so that a first 1 is an increase. */
  constructor() {
    for (const name of Object.keys(FIGURES) as FigureName[]) {
      this.#series.set(name, new Map());
      for (const labels of combinations(FIGURES[name])) this.#find(name, labels);
    }
  }

  /** Adds to a counter. */
  count<Name extends FigureOf<"counter">>(name: Name, labels: LabelsOf<Name>, by = 1): void {
    this.#find(name, valuesOf(name, labels)).value += by;
  }

  /** Sets a gauge, or a counter that is counted elsewhere. */
  set<Name extends FigureOf<"gauge" | "counter">>(
    name: Name,
    labels: LabelsOf<Name>,
    value: number,
  ): void {
    this.#find(name, valuesOf(name, labels)).value = value;
  }

  /** Adds an observation to a histogram, in seconds. */
  observe<Name extends FigureOf<"histogram">>(
    name: Name,
    labels: LabelsOf<Name>,
    seconds: number,
  ): void {
    const series = this.#find(name, valuesOf(name, labels));
    const index = FIGURES[name].buckets.findIndex((bound) => seconds <= bound);
    const bucket = index < 0 ? series.buckets.length - 1 : index;
    series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
    series.value += seconds;
  }

  /** All figures as text. */
  exposition(): string {
    const lines: string[] = [];
    for (const [name, all] of this.#series) {
      const figure: Figure = FIGURES[name];
      const full = PREFIX + name;
      lines.push(`# HELP ${full} ${escapeHelp(figure.help)}`, `# TYPE ${full} ${figure.kind}`);
      for (const series of all.values()) lines.push(...samples(full, figure, series));
    }
    return `${lines.join("\n")}\n`;
  }

  #find(name: FigureName, labels: readonly string[]): Series {
    const all = this.#series.get(name) as Map<string, Series>;
    const figure: Figure = FIGURES[name];
    const known = all.get(keyOf(labels));
    if (known) return known;
    // Values that are known beforehand cannot become too many.
    const kept = all.size < MAX_SERIES
      ? labels
      : Object.values(figure.labels).map((values, index) =>
        values === null ? OTHER : labels[index] ?? ""
      );
    const other = all.get(keyOf(kept));
    if (other) return other;
    const buckets = figure.buckets ? [...figure.buckets, Infinity].map(() => 0) : [];
    const series = { labels: kept, value: 0, buckets };
    all.set(keyOf(kept), series);
    return series;
  }
}

function valuesOf(name: FigureName, labels: object): readonly string[] {
  const values = labels as Readonly<Record<string, string>>;
  return Object.keys(FIGURES[name].labels).map((label) => values[label] ?? "");
}

function keyOf(labels: readonly string[]): string {
  return JSON.stringify(labels);
}

// Every combination of labels; none if a label's values are not known.
function combinations({ labels }: Figure): readonly (readonly string[])[] {
  return Object.values(labels).reduce<readonly (readonly string[])[]>(
    (all, values) => all.flatMap((before) => (values ?? []).map((value) => [...before, value])),
    [[]],
  );
}

function samples(name: string, figure: Figure, series: Series): readonly string[] {
  const { labels, value, buckets } = series;
  const pairs = Object.keys(figure.labels).map((label, index) =>
    `${label}="${escapeLabel(labels[index] ?? "")}"`
  );
  if (figure.buckets === undefined) return [`${name}${inBraces(pairs)} ${value}`];
  let count = 0;
  const bounds = [...figure.buckets.map(String), "+Inf"];
  const cumulative = bounds.map((bound, index) => {
    count += buckets[index] ?? 0;
    return `${name}_bucket${inBraces([...pairs, `le="${bound}"`])} ${count}`;
  });
  return [
    ...cumulative,
    `${name}_sum${inBraces(pairs)} ${value}`,
    `${name}_count${inBraces(pairs)} ${count}`,
  ];
}

function inBraces(pairs: readonly string[]): string {
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
