import assert from "node:assert/strict";
import { ratioOf } from "../bench/figures.ts";
import { measureTransactions } from "../bench/measure.ts";
import { baseline, service } from "../bench/subjects.ts";
import { programCommand } from "../process/program.ts";

// The short form of `deno task bench`. Processor time is compared with that of a server in the same
// run, and with a wide margin, as the machine does other things too. Parsing each body fails this.
const MOST = { idle: 2, waiting: 2.2 };

Deno.test("transactions without an invite cost hardly more than reading them", async () => {
  const program = await programCommand();
  const json = baseline("json");
  const idle = service("idle", program, { pending: 0 });
  const waiting = service("waiting", program, { pending: 5 });
  const subjects = [json, idle, waiting];
  const rounds = await measureTransactions(subjects, { events: 100 }, 8, {
    rounds: 3,
    seconds: 0.7,
  });
  const cpu = ({ name }: { readonly name: string }) => rounds.get(name)?.cpu ?? [];
  for (const [subject, most] of [[idle, MOST.idle], [waiting, MOST.waiting]] as const) {
    const ratio = ratioOf(cpu(subject), cpu(json));
    assert.ok(ratio <= most, `${subject.name}: ${ratio.toFixed(2)} of a server that parses bodies`);
  }
});
