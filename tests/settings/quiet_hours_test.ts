import assert from "node:assert/strict";
import fc from "fast-check";
import { type QuietHours, quietUntil } from "../../src/settings/quiet_hours.ts";
import { DAY, HOUR, MINUTE } from "../../src/settings/duration.ts";
import { runs } from "../thorough.ts";

const NIGHT: QuietHours = { daily: { from: 22 * 60, to: 7 * 60 }, days: [], timeZone: "UTC" };
const WEEKEND: QuietHours = { days: ["sat", "sun"], timeZone: "Europe/Berlin" };
const BERLIN = ["Europe/Berlin"];

// 2026-11-27 is a Friday. The clocks of Berlin were set on 2026-03-29 (forward) and 2026-10-25.
const CASES: readonly [
  what: string,
  quiet: QuietHours,
  now: string,
  until: string | undefined,
  timeZones?: readonly (string | undefined)[],
][] = [
  ["the minute before", NIGHT, "2026-11-27T21:59:59Z", undefined],
  ["its first minute", NIGHT, "2026-11-27T22:00:00Z", "2026-11-28T07:00:00Z"],
  ["after midnight", NIGHT, "2026-11-28T03:17:42Z", "2026-11-28T07:00:00Z"],
  ["its last second", NIGHT, "2026-11-28T06:59:59Z", "2026-11-28T07:00:00Z"],
  ["its end", NIGHT, "2026-11-28T07:00:00Z", undefined],
  ["a night elsewhere", NIGHT, "2026-11-27T21:30:00Z", "2026-11-28T06:00:00Z", BERLIN],
  [
    "a time zone that nobody knows",
    NIGHT,
    "2026-11-27T22:30:00Z",
    "2026-11-28T07:00:00Z",
    ["Moon/Crater", undefined],
  ],
  ["a zone with half hours", NIGHT, "2026-11-27T17:00:00Z", "2026-11-28T01:30:00Z", [
    "Asia/Kolkata",
  ]],
  ["a zone a day ahead", NIGHT, "2026-11-27T09:00:00Z", "2026-11-27T17:00:00Z", [
    "Pacific/Kiritimati",
  ]],
  [
    "the night that is an hour shorter",
    NIGHT,
    "2026-03-28T21:30:00Z",
    "2026-03-29T05:00:00Z",
    BERLIN,
  ],
  [
    "the night that is an hour longer",
    NIGHT,
    "2026-10-24T20:30:00Z",
    "2026-10-25T06:00:00Z",
    BERLIN,
  ],
  [
    "an end in the hour that is left out",
    { ...NIGHT, daily: { from: 22 * 60, to: 150 } },
    "2026-03-29T00:30:00Z",
    "2026-03-29T01:00:00Z",
    BERLIN,
  ],
  [
    "the hour that comes twice, the second time",
    { ...NIGHT, daily: { from: 60, to: 150 } },
    "2026-10-25T01:15:00Z",
    "2026-10-25T01:30:00Z",
    BERLIN,
  ],
  [
    "hours within a day",
    { ...NIGHT, daily: { from: 12 * 60, to: 13 * 60 + 7 } },
    "2026-11-27T12:30:00Z",
    "2026-11-27T13:07:00Z",
  ],
  ["Friday before midnight", WEEKEND, "2026-11-27T22:59:00Z", undefined],
  ["Saturday", WEEKEND, "2026-11-27T23:00:00Z", "2026-11-29T23:00:00Z"],
  ["Monday", WEEKEND, "2026-11-29T23:00:00Z", undefined],
  [
    "Friday night before a quiet weekend",
    { ...NIGHT, days: ["sat", "sun"] },
    "2026-11-27T22:30:00Z",
    "2026-11-30T07:00:00Z",
  ],
];
for (const [what, quiet, now, until, timeZones = []] of CASES) {
  Deno.test(`quiet hours: ${what}`, () => {
    const end = quietUntil(quiet, Date.parse(now), timeZones);
    assert.equal(end === undefined ? undefined : new Date(end).toISOString(), until && iso(until));
  });
}

function iso(text: string): string {
  return new Date(text).toISOString();
}

Deno.test("quiet hours end at a time that is not quiet, within eight days, and not before it is", () => {
  const zones = [
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
  ];
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1439 }),
      fc.integer({ min: 60, max: 1320 }),
      fc.subarray(["mon", "wed", "sat", "sun"] as const),
      fc.constantFrom(...zones),
      fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2028, 0) }),
      (from, length, days, timeZone, now) => {
        const quiet = { daily: { from, to: (from + length) % 1440 }, days, timeZone };
        const end = quietUntil(quiet, now, []);
        if (end === undefined) return;
        assert.equal(quietUntil(quiet, end, []), undefined);
        assert.ok(end > now && end - now <= 8 * DAY);
        assert.notEqual(quietUntil(quiet, end - MINUTE, []), undefined);
        const between = now + Math.floor((end - now) / HOUR) * HOUR;
        if (between < end) assert.equal(quietUntil(quiet, between, []), end);
      },
    ),
    runs(60),
  );
});
