import assert from "node:assert/strict";
import { StoreError } from "../../src/identity/port.ts";
import type { Receipt } from "../../src/mail/port.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/settings/duration.ts";
import { deferred } from "../fakes/mail/recording_transport.ts";
import { synapseInvite } from "../fakes/notify/events.ts";
import { DELAY, Service } from "../fakes/notify/service.ts";
import { collectLogs } from "../fakes/system/log_records.ts";
import { howMany, IS_THOROUGH, rowTest, thoroughTest } from "../thorough.ts";

const UNREACHABLE = deferred({ general: true });
const DIRECTORY_DOWN = new StoreError("ldap", "temporary", "nothing listens at the port");

type Part = "mail server" | "directory";

const WORK = { "mail server": "mails", "directory": "invitations" } as const;

/** A service with people, whose mail server or directory can be out of order. */
class Outage implements AsyncDisposable {
  readonly service = new Service();
  #people = 0;

  constructor(readonly part: Part) {
    this.service.start();
  }

  begin(): void {
    if (this.part === "mail server") this.service.transport.outage = UNREACHABLE;
    else this.service.people.outage = DIRECTORY_DOWN;
  }

  end(): void {
    this.service.transport.outage = undefined;
    this.service.people.outage = undefined;
  }

  /** Invites that many people, each for the first time, and waits until they have been worked on. */
  async invite(count: number): Promise<void> {
    const events = Array.from({ length: count }, () => {
      const name = `person${++this.#people}`;
      const id = `@${name}:example.org`;
      this.service.people.known.set(id, { addresses: [`${name}@mail.example`] });
      return synapseInvite({ state_key: id, event_id: `$${name}` });
    });
    await (await this.service.push(...events)).body?.cancel();
    await this.service.clock.advance(DELAY);
  }

  /** How often something was tried in vain. */
  get failures(): number {
    return this.part === "mail server"
      ? this.service.transport.attempts.length - this.service.transport.sent.length
      : this.service.people.lookups.length;
  }

  /** How many seconds pass until all mails have left, each once; fails after 2 hours. */
  async secondsUntilAllLeft(): Promise<number> {
    const { clock } = this.service;
    const start = clock.now();
    while (this.service.transport.sent.length < this.#people) {
      assert(clock.now() - start < 2 * HOUR, `${this.service.transport.sent.length} have left`);
      await clock.advance(SECOND);
    }
    const mailed = this.service.mailed();
    assert.equal(new Set(mailed).size, mailed.length, "no mail twice");
    return (clock.now() - start) / SECOND;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
  }
}

for (const part of ["mail server", "directory"] as const) {
  for (
    const [duration, invites, mostFailures] of [
      [10 * MINUTE, 1, 10],
      [10 * MINUTE, 2, 20],
      [10 * MINUTE, 20, 25],
      [10 * MINUTE, 300, 25],
      [6 * HOUR, 1, 100],
      [6 * HOUR, 2, 200],
      [6 * HOUR, 300, 100],
      [DAY, 20, 330],
    ] as const
  ) {
    const name = `${invites} invites while the ${part} is out of order for ${
      duration / MINUTE
    } min`;
    const isQuick = duration === 10 * MINUTE &&
      invites === (part === "directory" ? 20 : 2);
    rowTest(isQuick)(`${name} are mailed within 5 min, all at once`, async () => {
      await using logs = await collectLogs();
      await using outage = new Outage(part);
      const { clock, transport } = outage.service;
      outage.begin();
      await outage.invite(invites);
      await clock.advance(duration);
      assert(outage.failures <= mostFailures, `${outage.failures} failures`);
      const before = clock.now();
      outage.end();
      while (transport.sent.length === 0) await clock.advance(SECOND);
      const first = (clock.now() - before) / SECOND;
      const rest = await outage.secondsUntilAllLeft();
      assert(first <= 300 && rest <= 2, `the first after ${first} s, the rest after ${rest} s`);
      assert.equal(logs.at("error").filter(([event]) => event === "work failed").length, 0);
    });
  }

  rowTest(part === "directory")(
    `an invite after the end of an outage shows it, and all that waited for the ${part} leave`,
    async () => {
      await using _logs = await collectLogs();
      await using outage = new Outage(part);
      outage.begin();
      await outage.invite(2);
      await outage.service.clock.advance(6 * HOUR);
      outage.end();
      await outage.invite(1);
      assert(await outage.secondsUntilAllLeft() <= 2);
    },
  );

  rowTest(part === "mail server")(
    `in an outage of the ${part} three are tried, then one at a time, and new ones wait`,
    async () => {
      await using logs = await collectLogs();
      await using outage = new Outage(part);
      outage.begin();
      await outage.invite(howMany(40, 100));
      assert(outage.failures <= 8, `${outage.failures} failures`);
      await outage.service.clock.advance(10 * MINUTE);
      const before = outage.failures;
      await outage.invite(howMany(40, 100));
      assert(outage.failures <= before + 1, "new ones are not tried at once");
      const told = logs.at("error").filter(([event]) => event === "outage began");
      assert.equal(told.length, 1);
      const { records } = outage.service.outbox;
      const { [WORK[part]]: stored, ...other } = (await records.holds()).outages;
      const { clock } = outage.service;
      assert(stored && stored.since < clock.now() && stored.probeAt > clock.now());
      assert.match(stored.reason, part === "directory" ? /^ldap: nothing listens/ : /./);
      assert.deepEqual(Object.values(other), [undefined]);
      outage.end();
      await outage.secondsUntilAllLeft();
      assert.equal((await records.holds()).outages[WORK[part]], undefined);
      assert.equal(logs.at("info").filter(([event]) => event === "outage over").length, 1);
    },
  );

  rowTest(part === "directory")(
    `what waits for the ${part} leaves after a restart, and is tried within 5 min`,
    async () => {
      await using _logs = await collectLogs();
      await using outage = new Outage(part);
      outage.begin();
      await outage.invite(20);
      await outage.service.clock.advance(6 * HOUR);
      await outage.service.stop();
      const { records } = outage.service.outbox;
      const before = (await records.holds()).outages[WORK[part]];
      outage.service.start();
      await outage.service.clock.advance(MINUTE);
      // What the process before noted is not kept.
      const after = (await records.holds()).outages[WORK[part]];
      assert(before && before.since !== after?.since);
      outage.end();
      assert(await outage.secondsUntilAllLeft() <= 300);
    },
  );

  rowTest(part === "mail server")(
    `a ${part} that works for one at a time now and then gets every mail, and keeps its pauses`,
    async () => {
      await using _logs = await collectLogs();
      await using outage = new Outage(part);
      const { clock, transport } = outage.service;
      outage.begin();
      await outage.invite(50);
      const start = outage.failures;
      for (let hour = 0; hour < 6; hour++) {
        await clock.advance(HOUR);
        outage.end();
        const sent = transport.sent.length;
        while (transport.sent.length === sent && sent < 50) await clock.advance(SECOND);
        outage.begin();
      }
      assert(outage.failures - start <= 6 * 40, `${outage.failures - start} failures in six hours`);
      outage.end();
      assert(await outage.secondsUntilAllLeft() <= 302);
    },
  );
}

Deno.test("a mail that the server never takes holds up no other, and is tried ever more seldom", async () => {
  await using _logs = await collectLogs();
  await using outage = new Outage("mail server");
  const { clock, transport, people } = outage.service;
  const send = transport.send.bind(transport);
  let tries = 0;
  // The server closes the connection whenever it hears of this recipient.
  Object.assign(transport, {
    send(...[message, options]: Parameters<typeof send>): Promise<Receipt> {
      if (!message.to.address.startsWith("poison")) return send(message, options);
      tries++;
      return Promise.resolve(UNREACHABLE);
    },
  });
  people.known.set("@poison:example.org", { addresses: ["poison@mail.example"] });
  await (await outage.service.push(synapseInvite({ state_key: "@poison:example.org" }))).body
    ?.cancel();
  const hours = IS_THOROUGH ? 12 : 1;
  for (let minute = 0; minute < hours * 60; minute += 5) {
    await outage.invite(1);
    const seconds = await outage.secondsUntilAllLeft();
    assert(seconds <= 1, `another mail left after ${seconds} s`);
    await clock.advance(5 * MINUTE - DELAY);
  }
  assert(tries <= 45, `${tries} tries in ${hours} hours`);
});

Deno.test("strangers' invites of IDs for which a store fails hold up no colleague's", async () => {
  await using _logs = await collectLogs();
  await using outage = new Outage("directory");
  const { people, clock } = outage.service;
  for (let minute = 0; minute < (IS_THOROUGH ? 30 : 3); minute++) {
    const bad = [1, 2, 3, 4, 5, 6].map((n) => `@bad${minute}=${n}:example.org`);
    for (const id of bad) people.known.set(id, new StoreError("exec", "temporary", "ended with 1"));
    const events = bad.map((id) =>
      synapseInvite({ state_key: id, sender: "@mallory:elsewhere.org", event_id: `$${id}` })
    );
    await (await outage.service.push(...events)).body?.cancel();
    await clock.advance(MINUTE - DELAY);
    await outage.invite(1);
    const seconds = await outage.secondsUntilAllLeft();
    assert(seconds <= 1, `a colleague's mail left after ${seconds} s`);
  }
});

Deno.test("a mail is given up after five days and twenty tries, not sooner because of outages", async () => {
  await using logs = await collectLogs();
  await using outage = new Outage("mail server");
  const { clock, transport } = outage.service;
  outage.begin();
  await outage.invite(2);
  const bob = "@person1:example.org";
  await clock.advance(4 * HOUR);
  assert(transport.attempts.length > 2 * 20);
  clock.jump(5 * DAY - 5 * HOUR);
  await clock.advance(30 * MINUTE);
  assert.deepEqual(await outage.service.states(bob), ["resolved queued"]);
  await clock.advance(HOUR);
  assert.match((await outage.service.states(bob)).join(), /expired$/);
  assert.equal(logs.at("error").filter(([event]) => event === "mail expired").length, 2);
});

thoroughTest(
  "addresses that are refused for themselves, however many, hold up others once at most",
  async () => {
    await using _logs = await collectLogs();
    await using outage = new Outage("mail server");
    const { clock, transport, people } = outage.service;
    const send = transport.send.bind(transport);
    const denied = deferred({
      fault: "doubtful",
      stage: "recipient",
      replyCode: 550,
      enhancedCode: "5.7.1",
    });
    Object.assign(transport, {
      send(...[message, options]: Parameters<typeof send>): Promise<Receipt> {
        return message.to.address.startsWith("bad")
          ? Promise.resolve(denied)
          : send(message, options);
      },
    });
    const bad = Array.from({ length: 20 }, (_, n) => `@bad${n}:example.org`);
    for (const id of bad) people.known.set(id, { addresses: [`${id.slice(1, -12)}@mail.example`] });
    const events = bad.map((id) => synapseInvite({ state_key: id, event_id: `$${id}` }));
    await (await outage.service.push(...events)).body?.cancel();
    await clock.advance(DELAY + 10 * MINUTE);
    const { records } = outage.service.outbox;
    assert((await records.holds()).outages.mails);
    await outage.invite(1);
    const first = await outage.secondsUntilAllLeft();
    assert(first <= 15 * MINUTE / SECOND, `a mail left after ${first} s`);
    for (let minute = 0; minute < 12 * 60; minute += 5) {
      await outage.invite(1);
      const seconds = await outage.secondsUntilAllLeft();
      assert(seconds <= 1, `another mail left after ${seconds} s`);
      await clock.advance(5 * MINUTE - DELAY);
    }
    assert.equal((await records.holds()).outages.mails, undefined);
  },
);
