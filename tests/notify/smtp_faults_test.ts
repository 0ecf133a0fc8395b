import assert from "node:assert/strict";
import type { MailTransport } from "../../src/mail/port.ts";
import type { SmtpOptions } from "../../src/mail/smtp/transport.ts";
import { MINUTE, SECOND } from "../../src/settings/duration.ts";
import {
  type Play,
  type ScriptedSmtp,
  startScriptedSmtp,
  type Step,
} from "../fakes/mail/scripted_smtp.ts";
import { CA, LOCALHOST, UNRELATED_CA } from "../fakes/net/certificates.ts";
import { synapseInvite } from "../fakes/notify/events.ts";
import { DELAY, Service } from "../fakes/notify/service.ts";
import { idle } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";
import { openSmtp, secret } from "../mail/smtp/open_smtp.ts";
import { IS_THOROUGH, rowTest } from "../thorough.ts";

const MAILS = IS_THOROUGH ? 500 : 40;

/** How something is out of order, until it is well again. */
interface Fault {
  /** What the server does instead. */
  readonly plays?: Partial<Record<Step, Play>>;
  /** What is wrong in the settings instead. */
  readonly options?: Partial<SmtpOptions> & { readonly port?: number };
  /** What the reason says. */
  readonly reason: RegExp;
}

const LOGIN = { login: "matrix", password: secret("a password of tests") };
// Nothing listens there.
const NO_PORT = 1;

const FAULTS: Readonly<Record<string, Fault>> = {
  "connection refused": { options: { port: NO_PORT }, reason: /nothing listens/ },
  "a certificate that nobody trusts": {
    options: { tls: 3, ca: [UNRELATED_CA] },
    reason: /certificate/,
  },
  "no greeting": { plays: { greeting: "drop" }, reason: /closed/ },
  "a greeting with 554": { plays: { greeting: "554 5.3.2 Not now" }, reason: /Not now/ },
  "EHLO with 421": { plays: { ehlo: "421 4.3.2 Shutting down" }, reason: /Shutting down/ },
  "a wrong password": { plays: { auth: "535 5.7.8 Wrong password" }, reason: /Wrong password/ },
  "the login for the moment": { plays: { auth: "454 4.7.0 No database" }, reason: /No database/ },
  "MAIL with 451": { plays: { mail: "451 4.3.0 Try later" }, reason: /Try later/ },
  "MAIL with 550": { plays: { mail: "550 5.7.60 Not your address" }, reason: /Not your address/ },
  "RCPT with 450": { plays: { rcpt: "450 4.7.1 Try later" }, reason: /Try later/ },
  "RCPT with 452": { plays: { rcpt: "452 4.5.3 Too many" }, reason: /Too many/ },
  "RCPT with 554, relay denied": {
    plays: { rcpt: "554 5.7.1 Relay access denied" },
    reason: /Relay access denied/,
  },
  "RCPT with 550, relay denied": { plays: { rcpt: "550 Relaying denied" }, reason: /denied/ },
  "DATA with 451": { plays: { data: "451 4.3.0 Try later" }, reason: /Try later/ },
  "DATA with 554": { plays: { data: "554 5.5.1 No valid recipients" }, reason: /No valid/ },
  "a quota after DATA with 452": {
    plays: { message: "452 4.3.1 Insufficient storage" },
    reason: /Insufficient storage/,
  },
  "a quota after DATA with 552": {
    plays: { message: "552 5.2.2 Over quota" },
    reason: /Over quota/,
  },
  "a quota after DATA with 550": {
    plays: { message: "550 5.4.5 Daily limit exceeded" },
    reason: /Daily limit/,
  },
};

// One of each kind: no trust, and a refusal.
const QUICK: readonly string[] = [
  "a certificate that nobody trusts",
  "RCPT with 554, relay denied",
];

/** A service whose mails go to a mail server by SMTP, which is out of order at first. */
class Mailing implements AsyncDisposable {
  readonly service = new Service();
  readonly server: ScriptedSmtp;
  readonly #transports: { readonly faulty: MailTransport; readonly well: MailTransport };
  readonly #sending = new Set<Promise<unknown>>();
  readonly #isFixed: boolean;
  #before = 0;
  tries = 0;
  isWell = false;

  constructor({ plays = {}, options = {} }: Fault) {
    const choose = (step: Step) => () => this.isWell ? undefined : plays[step];
    this.server = startScriptedSmtp({
      extensions: ["AUTH PLAIN"],
      ...(options.tls === 3 ? { tls: LOCALHOST } : {}),
      plays: Object.fromEntries(
        (Object.keys(plays) as Step[]).map((step) => [step, choose(step)]),
      ),
    });
    const { port = this.server.port, ...different } = options;
    const usual = { ...LOGIN, tls: options.tls ?? 0, ca: [CA], pool: 4 } as const;
    this.#isFixed = Object.keys(options).length > 0;
    this.#transports = {
      faulty: openSmtp(port, { ...usual, ...different }),
      well: openSmtp(this.server.port, usual),
    };
    this.service.otherTransport = {
      send: (...args) => {
        this.tries++;
        const which = this.isWell && this.#isFixed ? "well" : "faulty";
        const sending = this.#transports[which].send(...args);
        this.#sending.add(sending);
        return sending.finally(() => this.#sending.delete(sending));
      },
    };
    this.service.start();
  }

  /** The fault ends. */
  end(): void {
    this.isWell = true;
    this.#before = this.server.mails.length;
  }

  /** How many mails the server has accepted. */
  get accepted(): number {
    return this.server.mails.length - this.#before;
  }

  /** Lets the time pass; what is sent meanwhile takes none of it. */
  async pass(milliseconds: number, isOver: () => boolean = () => false): Promise<number> {
    const { clock } = this.service;
    const start = clock.now();
    while (clock.now() < start + milliseconds && !isOver()) {
      await clock.advance(SECOND);
      while (this.#sending.size > 0) {
        await Promise.allSettled([...this.#sending]);
        await idle();
      }
    }
    return (clock.now() - start) / SECOND;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
    for (const transport of Object.values(this.#transports)) await transport[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

for (const [name, fault] of Object.entries(FAULTS)) {
  rowTest(QUICK.includes(name))(
    `what waits while the mail server is out of order is sent within a minute: ${name}`,
    async () => {
      await using logs = await collectLogs();
      await using mailing = new Mailing(fault);
      const { service } = mailing;
      const people = Array.from({ length: MAILS }, (_, n) => `person${n}`);
      for (const person of people) {
        const profile = { addresses: [`${person}@mail.example`] };
        service.people.known.set(`@${person}:example.org`, profile);
      }
      const invites = people.map((person) =>
        synapseInvite({ state_key: `@${person}:example.org`, event_id: `$${person}` })
      );
      await (await service.push(...invites)).body?.cancel();
      await mailing.pass(DELAY + MINUTE);
      const { records } = service.outbox;
      assert.deepEqual(await service.outbox.counts(), {
        invitations: { resolved: MAILS },
        mails: { queued: MAILS },
      });
      assert(mailing.tries <= 20, `${mailing.tries} were tried in vain`);
      const { outages } = await records.holds();
      assert.match(outages.mails?.reason ?? "none", fault.reason);

      mailing.end();
      const isSent = () => mailing.accepted >= MAILS;
      const seconds = await mailing.pass(MINUTE, isSent);
      assert(isSent(), `${mailing.accepted} are sent after ${seconds} s`);
      await mailing.pass(SECOND);
      assert.equal(mailing.accepted, MAILS);
      assert.deepEqual((await service.outbox.counts()).mails, { sent: MAILS });
      const states = new Set(await service.states("@person0:example.org"));
      assert.deepEqual(states, new Set(["resolved sent"]));
      assert.deepEqual((await records.holds()).outages, {
        invitations: undefined,
        mails: undefined,
      });
      assert.deepEqual(logs.at("error").filter(([event]) => event === "work failed"), []);
    },
  );
}
