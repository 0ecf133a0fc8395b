/**
 * Parses and formats durations and rate limits of a configuration.
 *
 * @module
 */

const UNIT = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PERIOD = { minute: UNIT.m, hour: UNIT.h, day: UNIT.d } as const;
const MAX_MS = 3650 * UNIT.d;

/** A second in milliseconds. */
export const SECOND: number = UNIT.s;
/** A minute in milliseconds. */
export const MINUTE: number = UNIT.m;
/** An hour in milliseconds. */
export const HOUR: number = UNIT.h;
/** A day in milliseconds. */
export const DAY: number = UNIT.d;

/**
 * The milliseconds of a duration such as `0`, `250ms`, `90s`, `2m`, `24h` or `7d`; `undefined` for
 * other texts, and for more than ten years.
 */
export function parseDuration(text: string): number | undefined {
  if (/^0+$/.test(text)) return 0;
  const match = /^([0-9]{1,15})(ms|s|m|h|d)$/.exec(text);
  if (!match) return undefined;
  const milliseconds = Number(match[1]) * UNIT[match[2] as keyof typeof UNIT];
  return milliseconds <= MAX_MS ? milliseconds : undefined;
}

/** The duration in the largest unit that holds it without a remainder. */
export function formatDuration(milliseconds: number): string {
  const unit = (["d", "h", "m", "s"] as const).find((name) =>
    milliseconds >= UNIT[name] && milliseconds % UNIT[name] === 0
  );
  if (milliseconds === 0) return "0s";
  return unit ? `${milliseconds / UNIT[unit]}${unit}` : `${milliseconds}ms`;
}

/** A rate limit. */
export interface Limit {
  /** The most occurrences in any span of this length, at least 1. */
  readonly count: number;
  /** The length of the span, in milliseconds. */
  readonly per: number;
}

/** A limit such as `20/day` or `60/hour`, `null` for `off`, `undefined` for other texts. */
export function parseLimit(text: string): Limit | null | undefined {
  if (text === "off") return null;
  const match = /^([1-9][0-9]{0,8})\/(minute|hour|day)$/.exec(text);
  if (!match) return undefined;
  return { count: Number(match[1]), per: PERIOD[match[2] as keyof typeof PERIOD] };
}

/** The limit as a configuration writes it. */
export function formatLimit(limit: Limit | null): string {
  if (limit === null) return "off";
  const period = Object.entries(PERIOD).find(([, length]) => length === limit.per);
  return `${limit.count}/${period?.[0] ?? `${limit.per}ms`}`;
}
