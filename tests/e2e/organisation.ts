/**
 * An organisation with a homeserver, a mail server and the service between the two.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parse } from "yaml";
import type { Child } from "../process/child.ts";
import { freePort } from "../process/free_port.ts";
import { logEvent, runCommand, serve } from "../process/program.ts";
import { type CaughtMail, MailCatcher } from "./servers/mail_catcher.ts";
import type { MatrixUser } from "./servers/matrix_user.ts";
import { startSynapse, type Synapse, type SynapseOptions } from "./servers/synapse.ts";
import { addressOf, DOMAIN, type Layout, settingsFor } from "./settings.ts";
import { tempFolder } from "./temp_folder.ts";

/** How the service is set up. */
export interface OrganisationOptions {
  /** `notify.delay`. */
  readonly delay?: string;
  /** Top-level keys of the configuration that replace the usual ones. */
  readonly settings?: (layout: Layout) => Readonly<Record<string, unknown>>;
  /**
   * The registration's text, or `"none"` if something else writes it later; the command `register`
   * writes it by default.
   */
  readonly registration?: ((layout: Layout) => string) | "none";
  /** The homeserver's database. */
  readonly database?: (layout: Layout) => Pick<SynapseOptions, "postgresql" | "sqlite">;
  /** Whether the homeserver accepts all invitations by itself. */
  readonly acceptsInvites?: boolean;
  /** Starts the homeserver, if it is another one than a Synapse alone. */
  readonly homeserver?: (options: HomeserverOptions) => Promise<Homeserver>;
}

/** How any homeserver is started. */
export type HomeserverOptions = Pick<SynapseOptions, "domain" | "registrations"> & {
  readonly port: number;
};

/** What any homeserver can do. */
export type Homeserver = Pick<Synapse, "url" | "register"> & AsyncDisposable;

/** An organisation in a folder of its own. */
export class Organisation implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  #service: Child | undefined;
  #homeserver: Synapse | undefined;
  #accounts: Homeserver | undefined;
  #zoes = 0;

  private constructor(
    stack: AsyncDisposableStack,
    readonly layout: Layout,
    /** The mail server. */
    readonly mailServer: MailCatcher,
    private readonly synapse: Pick<SynapseOptions, "postgresql" | "sqlite" | "acceptsInvites">,
    private readonly startOther: OrganisationOptions["homeserver"],
  ) {
    this.#stack = stack;
  }

  /** Writes the configuration and the registration, and starts only the mail server. */
  static async create(options: OrganisationOptions = {}): Promise<Organisation> {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await tempFolder()).path;
    const mailServer = stack.use(await MailCatcher.start());
    const layout: Layout = {
      folder,
      registration: `${folder}/registration.yaml`,
      servicePort: freePort(),
      homeserverPort: freePort(),
      mailPort: mailServer.port,
    };
    const settings = {
      ...settingsFor(layout, options.delay ?? "1s"),
      ...options.settings?.(layout),
    };
    // JSON is YAML as well.
    await Deno.writeTextFile(`${folder}/mxisd.yaml`, JSON.stringify(settings, undefined, 2), {
      mode: 0o600,
    });
    if (options.registration === undefined) {
      const args = ["register", "-c", "mxisd.yaml", "--output", layout.registration];
      const { code, errors } = await runCommand(folder, ...args);
      assert.equal(code, 0, errors);
    } else if (options.registration !== "none") {
      await Deno.writeTextFile(layout.registration, options.registration(layout));
    }
    const { acceptsInvites = false } = options;
    const synapse = { ...options.database?.(layout), acceptsInvites };
    return new Organisation(stack.move(), layout, mailServer, synapse, options.homeserver);
  }

  /** Creates an organisation and starts its homeserver and its service. */
  static async open(options: OrganisationOptions = {}): Promise<Organisation> {
    await using stack = new AsyncDisposableStack();
    const organisation = stack.use(await Organisation.create(options));
    await organisation.startHomeserver();
    await organisation.startService();
    stack.move();
    return organisation;
  }

  /**
   * Starts the homeserver, which reads the registration.
   *
   * @param env More variables of its environment.
   */
  async startHomeserver(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const options = {
      domain: DOMAIN,
      port: this.layout.homeserverPort,
      registrations: [this.layout.registration],
    };
    if (this.startOther) {
      this.#accounts = this.#stack.use(await this.startOther(options));
      return;
    }
    this.#homeserver = this.#stack.use(await startSynapse({ ...options, env, ...this.synapse }));
    this.#accounts = this.#homeserver;
  }

  /** The running Synapse, if that is the homeserver. */
  get homeserver(): Synapse {
    assert.ok(this.#homeserver);
    return this.#homeserver;
  }

  /** The service that was started last. */
  get service(): Child {
    assert.ok(this.#service);
    return this.#service;
  }

  /** Registers an account on the homeserver. */
  register(localpart: string): Promise<MatrixUser> {
    assert.ok(this.#accounts);
    return this.#accounts.register(localpart);
  }

  /** Starts the service with the configuration in the organisation's folder, or in another one. */
  async startService(folder = this.layout.folder): Promise<void> {
    this.#service = await serve(folder);
  }

  /** Stops the service as an administrator does. */
  async stopService(): Promise<void> {
    const status = await this.#service?.stop("SIGTERM");
    assert.equal(status?.code, 0);
  }

  /** Kills the service. */
  async killService(): Promise<void> {
    await this.#service?.stop("SIGKILL");
  }

  /**
   * Waits for the first mail to a person's address.
   *
   * @param within The time limit, in milliseconds.
   * @throws {Error} When none arrives in time, with the last lines of the service.
   */
  async mailTo(localpart: string, within?: number): Promise<CaughtMail> {
    try {
      return await this.mailServer.first(addressOf(localpart), within);
    } catch (cause) {
      throw new Error(`no mail to ${localpart}; the service:\n${this.#service?.tail()}`, { cause });
    }
  }

  /** Waits for an event in the service's log, from its start on. */
  async logged(event: string, within?: number): Promise<void> {
    await this.service.line((line) => logEvent(line)?.event === event, within);
  }

  /**
   * All mails up to now, once everything that is due has been sent. To know when, it invites somebody
   * else each time, up to nine times, whose mail is then the last one, and leaves that out.
   */
  async mailsSoFar(inviter: MatrixUser): Promise<readonly CaughtMail[]> {
    const zoe = `zoe${++this.#zoes}`;
    await inviter.invite(await inviter.createRoom(), `@${zoe}:${DOMAIN}`);
    await this.mailServer.first(addressOf(zoe));
    return this.mailServer.mails.items.filter(({ to }) => !to.some((one) => one.startsWith("zoe")));
  }

  /** Pushes events to the service in a transaction of their own, which it has to accept. */
  async pushEvents(...events: readonly unknown[]): Promise<void> {
    const response = await this.push(crypto.randomUUID(), events);
    assert.deepEqual([response.status, await response.text()], [200, "{}"]);
  }

  /** Pushes a transaction to the service as a homeserver does. */
  async push(transaction: string, events: readonly unknown[]): Promise<Response> {
    const registration = await Deno.readTextFile(this.layout.registration);
    const { hs_token: token } = parse(registration);
    const service = `http://127.0.0.1:${this.layout.servicePort}`;
    return await fetch(`${service}/_matrix/app/v1/transactions/${transaction}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ events }),
    });
  }

  /** Stops everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.[Symbol.asyncDispose]();
    await this.#stack.disposeAsync();
  }
}
