import assert from "node:assert/strict";
import fc from "fast-check";
import { BELIEVED_MS } from "../../../src/outbox/postgresql/keeper.ts";
import { DAY, MINUTE, SECOND } from "../../../src/settings/duration.ts";
import { cases } from "../../thorough.ts";
import { FakeService, SharedMeta } from "./keepers.ts";

const SERVICES = 2;

interface Action {
  readonly kind: "check" | "record" | "retry" | "pause" | "clock";
  readonly service: number;
  readonly inDoubt: boolean;
}

type Step =
  | { readonly kind: "pass"; readonly milliseconds: number }
  | { readonly kind: "turns"; readonly turns: number }
  | { readonly kind: "finish" }
  | { readonly kind: "server clock" }
  | Action;

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("pass" as const),
    milliseconds: fc.constantFrom(100, SECOND, BELIEVED_MS, 2 * BELIEVED_MS, 11 * MINUTE),
  }),
  fc.record({ kind: fc.constant("turns" as const), turns: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant("finish" as const) }),
  fc.record({ kind: fc.constant("server clock" as const) }),
  {
    arbitrary: fc.record({
      kind: fc.constantFrom("check", "record", "retry", "pause", "clock"),
      service: fc.integer({ min: 0, max: SERVICES - 1 }),
      inDoubt: fc.boolean(),
    }) as fc.Arbitrary<Action>,
    weight: 6,
  },
);

function act(service: FakeService, step: Action, person: number): void {
  if (step.kind === "pause") service.isPaused = !service.isPaused;
  if (step.kind === "clock") service.ahead += 5 * SECOND;
  if (service.isPaused) return;
  if (step.kind === "check") ignore(service.check());
  const commit = step.inDoubt ? "in doubt" : "answered";
  if (step.kind === "record") ignore(service.record(person, commit));
  if (step.kind === "retry") ignore(service.retry(person, commit));
}

function ignore(work: Promise<void>): void {
  work.catch(() => {});
}

Deno.test("whatever services do and meet, none believes that nobody waits who does", async () => {
  let known = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 50, maxLength: 150 }), async (steps) => {
      const meta = new SharedMeta();
      const services = Array.from({ length: SERVICES }, () => new FakeService(meta));
      let people = 0;
      for (const step of steps) {
        if (step.kind === "pass") await meta.pass(step.milliseconds);
        else if (step.kind === "turns") await meta.settle(step.turns);
        else if (step.kind === "finish") meta.finish();
        else if (step.kind === "server clock") meta.ahead -= 5 * MINUTE;
        else act(services[step.service] as FakeService, step, ++people);
        for (const service of services) {
          const awaited = service.isPaused ? undefined : service.awaited();
          if (awaited === undefined) continue;
          known++;
          for (const person of meta.people) {
            if (!service.retries(person)) assert.ok(awaited.has(person), `${person} is awaited`);
          }
        }
      }
      for (const service of services) service.kill();
    }),
    { ...cases(2000) },
  );
  assert.ok(known > 100, "somebody is the keeper now and then");
});

/** Two services, of which the first one is the keeper. */
async function openTwo() {
  const meta = new SharedMeta();
  const keeper = new FakeService(meta);
  const other = new FakeService(meta);
  await becomeKeeper(meta, keeper);
  assert.ok(keeper.awaited());
  return { meta, keeper, other };
}

async function becomeKeeper(meta: SharedMeta, service: FakeService): Promise<void> {
  ignore(service.check());
  await meta.settle();
  service.awaited();
  await meta.settle();
}

Deno.test("what ends a keeping and is lost with the server is begun again", async () => {
  const { meta, keeper, other } = await openTwo();
  const kept = meta.keeper;
  ignore(other.record(1));
  await meta.settle();
  assert.notEqual(meta.keeper, kept);
  meta.keeper = kept;
  await meta.pass(BELIEVED_MS - 1);
  ignore(keeper.check());
  await meta.pass(SECOND);
  assert.ok(keeper.awaited(), "it does not know that it is to end");
  assert.equal(meta.people.size, 0);
  ignore(keeper.check());
  await meta.settle();
  await meta.pass(SECOND);
  assert.equal(keeper.awaited(), undefined);
  assert.equal(meta.people.size, 1);
});

Deno.test("a keeper that stands still while it reads has not read that of late", async () => {
  const { meta, keeper, other } = await openTwo();
  await meta.pass(SECOND);
  ignore(keeper.check());
  await meta.settle(1);
  keeper.isPaused = true;
  ignore(other.record(1));
  for (let second = 0; second < 5; second++) await meta.pass(SECOND);
  assert.equal(meta.people.size, 1);
  keeper.isPaused = false;
  await meta.settle();
  assert.equal(keeper.awaited(), undefined);
});

for (
  const { name, isKilled, isNext } of [
    { name: "the place of a keeper that was killed is free at once", isKilled: true, isNext: true },
    { name: "that of one that agreed to end is not", isKilled: false, isNext: false },
  ]
) {
  Deno.test(name, async () => {
    const { meta, keeper, other } = await openTwo();
    if (isKilled) keeper.kill();
    ignore(other.record(1));
    for (let second = 0; second < 5; second++) {
      await meta.pass(SECOND);
      ignore(keeper.check());
    }
    assert.equal(meta.people.size, 1);
    await becomeKeeper(meta, other);
    assert.equal(other.awaited() !== undefined, isNext);
  });
}

Deno.test("a place that became free while the server's clock was ahead can be taken", async () => {
  const { meta, keeper, other } = await openTwo();
  meta.ahead = 365 * DAY;
  ignore(other.record(1));
  await meta.settle();
  ignore(keeper.check());
  await meta.settle();
  assert.match(meta.keeper ?? "", /since/);
  meta.ahead = 0;
  await becomeKeeper(meta, other);
  assert.ok(other.awaited());
});
