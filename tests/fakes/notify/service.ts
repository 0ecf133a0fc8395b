import { type EmailAddress, parseEmailAddress } from "../../../src/domain/email_address.ts";
import { DEFAULT_LINK, roomLink, viaServers } from "../../../src/domain/room_link.ts";
import { parseUserId, type UserId } from "../../../src/domain/user_id.ts";
import { createHttpApp } from "../../../src/http/app.ts";
import { acceptTransaction } from "../../../src/notify/accept/accept.ts";
import { CatchUp } from "../../../src/notify/accept/catch_up.ts";
import { AlikeRefusals } from "../../../src/notify/alike.ts";
import { Circuit } from "../../../src/notify/circuit.ts";
import { deliverMail, type DeliverOptions } from "../../../src/notify/deliver.ts";
import { openGate } from "../../../src/notify/gate.ts";
import type { MailHeaderOptions } from "../../../src/notify/mail_headers.ts";
import type { ModelOptions } from "../../../src/notify/mail_model.ts";
import { messageId } from "../../../src/notify/message_id.ts";
import type { Policy } from "../../../src/notify/policy.ts";
import {
  reportLookup,
  resolveInvitation,
  type ResolveOptions,
} from "../../../src/notify/resolve.ts";
import { runWorker } from "../../../src/notify/worker.ts";
import type { Gathering } from "../../../src/outbox/gather.ts";
import type {
  ClaimedInvitation,
  InvitationClaimOptions,
  MailClaimOptions,
  Outbox,
} from "../../../src/outbox/port.ts";
import type { MailModel, Renderer } from "../../../src/render/port.ts";
import { DAY, SECOND } from "../../../src/settings/duration.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { systemRandom } from "../../../src/system/random.ts";
import { recordingTransport } from "../mail/recording_transport.ts";
import { type TempOutbox, tempOutbox } from "../outbox/temp_outbox.ts";
import { NO_BRAND } from "../render/brand.ts";
import { FakeClock } from "../system/fake_clock.ts";
import { type People, people } from "./people.ts";

/** The homeserver's token. */
export const HS_TOKEN = "hs_VDxUpXFqbN4Qh2rK";
/** How long people have to answer. */
export const DELAY = 10 * SECOND;
/** Everybody is mailed at all addresses. */
export const POLICY: Policy = {
  invitees: { only: [], except: [] },
  inviters: { only: [], except: [] },
  rooms: { only: [], except: [] },
  servers: { only: [], except: [] },
  kinds: { direct: true, space: true, room: true, bridged: true },
  addresses: "all",
  late: false,
  added: false,
  repeatAfter: DAY,
};
/** Which invites count. */
export const RULES = {
  domain: "example.org",
  ownUsers: new Set(["@mxisd:example.org"]),
  maxAge: DAY,
  catchUp: 7 * DAY,
};
/** What models are built with. */
export const MODEL: ModelOptions = {
  domain: "example.org",
  content: "full",
  contentFromOutside: "careful",
  brand: { ...NO_BRAND, product: "Matrix" },
  registerUrl: "https://example.org",
  timeZone: "UTC",
  languages: ["en"],
  language: "en",
  link: ({ roomId, inviter, alias }) =>
    roomLink(DEFAULT_LINK, {
      roomId,
      via: viaServers(roomId, inviter),
      alias,
    }),
};

/** What header fields are built with. */
export const HEADERS: MailHeaderOptions = { domain: "example.org", secret: "a secret of tests" };

/** The text as a user ID, which it must be. */
export function userId(text: string): UserId {
  const user = parseUserId(text);
  if (!user) throw new Error(`${text} is not a user ID`);
  return user;
}

/** The text as an email address, which it must be. */
export function address(text: string): EmailAddress {
  const parsed = parseEmailAddress(text);
  if (!parsed) throw new Error(`${text} is not an address`);
  return parsed;
}

/** A renderer that keeps the models, and writes a mail of two lines. */
export function recordingRenderer(): Pick<Renderer, "render"> & { readonly models: MailModel[] } {
  const models: MailModel[] = [];
  return {
    models,
    // deno-lint-ignore require-await
    async render(model) {
      models.push(model);
      const rooms = model.invitations.map(({ room }) => room.label).join(", ");
      return { kind: "parts", subject: `Invited to ${rooms}`, text: rooms, html: "", inline: [] };
    },
  };
}

/** The core of the program: real application, rules, workers and database, without the outside world. */
export class Service implements AsyncDisposable {
  readonly clock: FakeClock = new FakeClock();
  readonly people: People = people({
    "@bob:example.org": { displayName: "Bob B.", addresses: ["bob@mail.example"] },
    "@alice:example.org": { displayName: "Alice A.", addresses: ["alice@mail.example"] },
  });
  readonly transport = recordingTransport();
  readonly renderer = recordingRenderer();
  /** What sends mails instead of `transport`. */
  otherTransport: DeliverOptions["transport"] | undefined;
  policy: Policy = POLICY;
  /** The limits of claiming; none by default. */
  limits: InvitationClaimOptions & Partial<MailClaimOptions> = {};
  /** After how many milliseconds a reminder follows. */
  reminder: number | undefined;
  /** What the homeserver knows. */
  knowledge: DeliverOptions["knowledge"];
  /** Within how many milliseconds people who used a client get no mail. */
  activeWithin: number | undefined;
  readonly #box: TempOutbox;
  #catchUp: CatchUp;
  #transactions = 0;
  #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  readonly app = createHttpApp({
    hsToken: new Secret(HS_TOKEN),
    clock: this.clock,
    accept: (body) =>
      acceptTransaction(body, {
        outbox: this.outbox,
        clock: this.clock,
        catchUp: this.catchUp,
        rules: RULES,
        delay: DELAY,
        added: this.policy.added,
        repeatAfter: POLICY.repeatAfter,
      }),
  });

  /**
   * Starts with an empty outbox, or with one that an SQL script makes.
   *
   * @param gathering How invitations share mails; each has its own by default.
   */
  constructor(script?: string, gathering?: Gathering) {
    this.#box = tempOutbox(this.clock, script, gathering);
    this.#catchUp = this.#followHomeserver();
  }

  /** Follows the homeserver. */
  get catchUp(): CatchUp {
    return this.#catchUp;
  }

  get outbox(): Outbox {
    return this.#box.outbox;
  }

  /** Pushes a transaction, as a homeserver does. */
  async push(...events: unknown[]): Promise<Response> {
    return await this.put(JSON.stringify({ events }));
  }

  /** Pushes a body. */
  async put(body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
    return await this.app.request(`/_matrix/app/v1/transactions/${++this.#transactions}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${HS_TOKEN}`, ...headers },
      body,
    });
  }

  /** Pushes the events in one transaction; what falls due of them. */
  async due(...events: unknown[]): Promise<readonly ClaimedInvitation[]> {
    await (await this.push(...events)).body?.cancel();
    await this.clock.advance(DELAY);
    return await this.outbox.claimInvitations(1000);
  }

  /** Where mails went, in order. */
  mailed(): string[] {
    return this.transport.sent.map(({ to }) => to.address);
  }

  /** What became of a person's invitations, the oldest first. */
  async states(invitee = "@bob:example.org"): Promise<string[]> {
    const histories = await this.outbox.histories(userId(invitee), 1000);
    return histories.map(({ state, reason, mails }) =>
      [state, ...(reason === undefined ? [] : [`(${reason})`]), ...mails].join(" ")
    ).reverse();
  }

  /** Starts the workers. */
  start(): void {
    const { clock, outbox } = this;
    const stop = this.#stop = new AbortController();
    this.#storesCircuit = new Circuit(clock);
    this.#transportCircuit = new Circuit(clock);
    this.#refusals = new AlikeRefusals(clock);
    const catchUp = this.#catchUp = this.#followHomeserver();
    const worker = { outbox, clock, concurrency: 4, halt: catchUp };
    this.#running = catchUp.resume().then(() =>
      Promise.all([
        runWorker({
          ...worker,
          work: "invitations",
          circuit: this.#storesCircuit,
          resume: (before) => outbox.resume("invitations", before),
          storeOutage: (outage) => outbox.setOutage("invitations", outage),
          claim: (count, strangers) =>
            outbox.claimInvitations(count, { ...this.limits, strangers }),
          handle: (invitation) => resolveInvitation(invitation, this.resolving(), stop.signal),
        }, stop.signal),
        runWorker({
          ...worker,
          work: "mails",
          circuit: this.#transportCircuit,
          resume: (before) => outbox.resume("mails", before),
          storeOutage: (outage) => outbox.setOutage("mails", outage),
          claim: (count, strangers) =>
            outbox.claimMails({ perAddress: null, ...this.limits, count, strangers }),
          handle: (mail, giveUpPlace) =>
            deliverMail(mail, this.delivering(), stop.signal, giveUpPlace),
        }, stop.signal),
      ])
    );
  }

  #followHomeserver(): CatchUp {
    return new CatchUp({ outbox: this.outbox, clock: this.clock, domain: RULES.domain });
  }

  /** Stops the workers; resolves when what was in flight is settled. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Closes the database under everything that runs, and opens it again: nothing more is settled. */
  async crash(): Promise<void> {
    this.#stop.abort();
    await this.#box.reopen();
    this.#catchUp = this.#followHomeserver();
    await this.#running;
  }

  #storesCircuit = new Circuit(this.clock);
  #transportCircuit = new Circuit(this.clock);
  #refusals = new AlikeRefusals(this.clock);

  resolving(): ResolveOptions {
    const { outbox, policy, clock, knowledge } = this;
    const circuit = this.#storesCircuit;
    const people = watched(this.people, circuit);
    return {
      ...{ outbox, people, domain: "example.org", policy, clock, circuit, knowledge },
      random: () => 0.5,
      newMessageId: () => messageId(systemRandom, "example.org"),
    };
  }

  readonly #hungMails = openGate();

  delivering(): DeliverOptions {
    const { outbox, renderer, clock, otherTransport: transport = this.transport } = this;
    const from = { name: "Matrix", address: address("matrix@example.org") };
    return {
      ...{ outbox, transport, renderer, from, clock },
      model: MODEL,
      headers: HEADERS,
      random: () => 0.5,
      hungMails: this.#hungMails,
      newMessageId: () => messageId(systemRandom, "example.org"),
      reminder: this.reminder,
      knowledge: this.knowledge,
      activeWithin: this.activeWithin,
      circuit: this.#transportCircuit,
      refusals: this.#refusals,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#box[Symbol.asyncDispose]();
  }
}

/** The people, whose successful lookups are reported to the circuit as the joined stores report them. */
function watched(people: People, circuit: Circuit): ResolveOptions["people"] {
  return {
    async findProfile(user, options) {
      const profile = await people.findProfile(user, options);
      reportLookup(circuit, "complete");
      return profile;
    },
  };
}
