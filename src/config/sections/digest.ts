/**
 * The section `notify.digest`: how invitations are put together into one email.
 *
 * @module
 */

import { DAY, formatDuration, parseDuration, SECOND } from "../../settings/duration.ts";
import { durationWithin, parsed } from "../../settings/kinds.ts";
import { notation } from "../../settings/scalar.ts";
import { section } from "../../settings/section.ts";

// YAML 1.1 reads an unquoted `off` as false, as other tools for the file may.
const OFF_WORDS: readonly string[] = ["off", "false"];

const window = parsed((value): number | null | undefined => {
  if (OFF_WORDS.includes(value)) return null;
  const time = parseDuration(value);
  return time !== undefined && time >= SECOND && time <= DAY ? time : undefined;
}, "a duration from 1s to 1d, or off").register(notation, {
  write: (value) => value === null ? "off" : formatDuration(Number(value)),
});

/** The section `notify.digest`. `digest: off` is short for `window: off`. */
export const digestSection = section(
  "How several invitations of a person are put together into one email. off: one email for each " +
    "invitation, as with a legacy template.",
  {
    window: window.prefault("10m").describe(
      "How long after an email the next one to the same person leaves at the earliest; what comes " +
        "meanwhile leaves together.",
    ),
    longest: durationWithin(SECOND, DAY).prefault("4h").describe(
      "What this time grows to while invitations keep coming: it doubles each time, until a day " +
        "passes without any. At least window.",
    ),
  },
).superRefine(({ window, longest }, context) => {
  if (window === null || longest >= window) return;
  const message = `expected at least as long as window, ${formatDuration(window)}`;
  context.addIssue({ code: "custom", path: ["longest"], message });
});
