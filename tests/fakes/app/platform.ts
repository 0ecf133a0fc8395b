/**
 * The machine as a test's service sees it.
 *
 * @module
 */

import type { Platform } from "../../../src/app/platform.ts";
import type { Clock } from "../../../src/system/clock.ts";
import { systemRandom } from "../../../src/system/random.ts";
import { runProgram } from "../../../src/system/run_program.ts";

/** The real one, with a clock of the test's and without chance in pauses. */
export function testPlatform(clock: Clock): Platform {
  return {
    clock,
    randomBytes: systemRandom,
    random: () => 0.5,
    fetch,
    run: runProgram,
    authorities: [],
    [Symbol.dispose]() {},
  };
}
