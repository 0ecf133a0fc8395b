/**
 * The contract of every outbox: order, states, claims, limits, suppressions and reports.
 *
 * @module
 */

import type { Gathering } from "../../src/outbox/gather.ts";
import { thoroughTest } from "../thorough.ts";
import { addedContract } from "./outbox_added.ts";
import { bouncesContract } from "./outbox_bounces.ts";
import { failoverContract } from "./outbox_failover.ts";
import { fairContract } from "./outbox_fair.ts";
import { limitsContract } from "./outbox_limits.ts";
import { GATHERING, gatheringContract } from "./outbox_gathering.ts";
import { lookupsContract } from "./outbox_lookups.ts";
import { mailsContract } from "./outbox_mails.ts";
import { orderContract } from "./outbox_order.ts";
import { outagesContract } from "./outbox_outages.ts";
import { recordsContract } from "./outbox_records.ts";
import { remindersContract } from "./outbox_reminders.ts";
import { repeatsContract } from "./outbox_repeats.ts";
import type { Subject } from "./outbox_samples.ts";
import { sparedContract } from "./outbox_spared.ts";
import { statesContract } from "./outbox_states.ts";
import { stoppedContract } from "./outbox_stopped.ts";
import { suppressionsContract } from "./outbox_suppressions.ts";
import { sweepContract } from "./outbox_sweep.ts";
import { turnsContract } from "./outbox_turns.ts";
import { workContract } from "./outbox_work.ts";

/** Registers a test, which gets an empty outbox of its own. */
export interface Contract {
  (what: string, body: (subject: Subject) => Promise<void>): void;
  /** The same for a test with so many rows that only thorough tests make it. */
  readonly thorough: (what: string, body: (subject: Subject) => Promise<void>) => void;
}

/** Registers the contract's tests for one kind of outbox. */
export function outboxContract(
  name: string,
  open: (gathering?: Gathering) => Promise<Subject>,
): void {
  const testWith = (gathering?: Gathering): Contract => {
    const by = (register: typeof thoroughTest) => (...[what, body]: Parameters<Contract>) =>
      register(`${name}: ${what}`, async () => {
        await using subject = await open(gathering);
        await body(subject);
      });
    return Object.assign(by(Deno.test), { thorough: by(thoroughTest) });
  };
  const test = testWith();
  orderContract(test);
  statesContract(test);
  mailsContract(test);
  limitsContract(test);
  fairContract(test);
  turnsContract(test);
  lookupsContract(test);
  outagesContract(test);
  workContract(test);
  sweepContract(test);
  suppressionsContract(test);
  stoppedContract(test);
  bouncesContract(test);
  recordsContract(test);
  remindersContract(test);
  sparedContract(test);
  addedContract(test, testWith(GATHERING));
  repeatsContract(test);
  failoverContract(test);
  gatheringContract(testWith(GATHERING));
}
