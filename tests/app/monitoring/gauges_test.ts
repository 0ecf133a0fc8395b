import assert from "node:assert/strict";
import { openGauges } from "../../../src/app/monitoring/gauges.ts";
import { Registry } from "../../../src/metrics/registry.ts";
import type { Records, Standing } from "../../../src/outbox/records.ts";
import { MINUTE, SECOND } from "../../../src/settings/duration.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { seriesIn } from "../../metrics/exposition.ts";

const QUEUED = 'appservice_mxisd_mails{state="queued"}';

/** Gauges of an outbox whose counting ends when the test says so. */
function openCounted() {
  const clock = new ManualClock();
  const registry = new Registry();
  const countings: PromiseWithResolvers<Standing>[] = [];
  const records: Pick<Records, "standing"> = {
    standing() {
      const counting = Promise.withResolvers<Standing>();
      countings.push(counting);
      return counting.promise;
    },
  };
  const closed = { isOpen: false };
  const setGauges = openGauges(registry, {
    outbox: { records: records as Records },
    circuits: { invitations: closed, mails: closed },
    catchUp: { left: () => Promise.resolve(undefined) },
    readiness: {
      running: true,
      takesTransactions: () => Promise.resolve([]),
      delivers: () => Promise.resolve([]),
      overdue: () => Promise.resolve(0),
    },
    clock,
  });
  return {
    clock,
    countings,
    end(queued: number) {
      countings.at(-1)?.resolve({
        ...{ invitations: {}, mails: { queued }, limited: {} },
        oldest: { invitations: undefined, mails: undefined },
      });
    },
    /** Begins to read the number of mails that are queued. */
    async scrape(): Promise<number | undefined> {
      await setGauges();
      return seriesIn(registry.exposition()).get(QUEUED);
    },
    async settle() {
      while (clock.sleepers === 0) await Promise.resolve();
    },
  };
}

Deno.test("where there are so many rows that counting takes long, nobody waits for it", async () => {
  const { clock, countings, end, scrape, settle } = openCounted();
  const first = scrape();
  await settle();
  clock.advance(2 * SECOND);
  assert.equal(await first, 0, "as if there were none");
  const second = scrape();
  await settle();
  clock.advance(SECOND);
  end(7);
  assert.equal(await second, 7);
  // Counting took three seconds.
  clock.advance(MINUTE - 1);
  assert.equal(await scrape(), 7);
  assert.equal(countings.length, 1);
  clock.advance(1);
  const third = scrape();
  await settle();
  clock.advance(2 * SECOND);
  assert.equal(await third, 7, "what was counted last");
  end(8);
  await Promise.resolve();
  assert.equal(await scrape(), 8);
});

Deno.test("where there are few rows they are counted every five seconds", async () => {
  const { clock, countings, end, scrape, settle } = openCounted();
  for (let queued = 1; queued < 4; queued++) {
    const counted = scrape();
    await settle();
    end(queued);
    assert.equal(await counted, queued);
    assert.equal(await scrape(), queued);
    assert.equal(countings.length, queued);
    clock.advance(5 * SECOND);
  }
});
