/**
 * An organisation with a homeserver, a mail server and the service between the two.
 *
 * @module
 */

import { strict as assert } from "node:assert";
import { parse } from "yaml";
import type { Child } from "../process/child.ts";
import { freePort } from "../process/free_port.ts";
import { logEvent, runCommand, serve } from "../process/program.ts";
import { type CaughtMail, MailCatcher } from "./servers/mail_catcher.ts";
import type { MatrixUser } from "./servers/matrix_user.ts";
import { startSynapse, type Synapse } from "./servers/synapse.ts";
import { addressOf, DOMAIN, type Places, settingsFor } from "./settings.ts";
import { tempFolder } from "./temp_folder.ts";

/** How the service is set up. */
export interface OrganisationOptions {
  /** `notify.delay`. */
  readonly delay?: string;
  /** Top-level keys of the configuration that take the place of the usual ones. */
  readonly settings?: (places: Places) => Readonly<Record<string, unknown>>;
  /**
   * The registration: a text, or `"none"` to leave it to whoever writes it later; by default the
   * command `register` makes it.
   */
  readonly registration?: ((places: Places) => string) | "none";
}

/** An organisation in a folder of its own. */
export class Organisation implements AsyncDisposable {
  readonly #things: AsyncDisposableStack;
  #service: Child | undefined;
  #homeserver: Synapse | undefined;

  private constructor(
    things: AsyncDisposableStack,
    readonly places: Places,
    /** The mail server. */
    readonly mailServer: MailCatcher,
  ) {
    this.#things = things;
  }

  /** Writes the configuration and the registration; only the mail server runs yet. */
  static async found(options: OrganisationOptions = {}): Promise<Organisation> {
    await using things = new AsyncDisposableStack();
    const folder = things.use(await tempFolder()).path;
    const mailServer = things.use(await MailCatcher.start());
    const places: Places = {
      folder,
      registration: `${folder}/registration.yaml`,
      servicePort: freePort(),
      homeserverPort: freePort(),
      mailPort: mailServer.port,
    };
    const settings = {
      ...settingsFor(places, options.delay ?? "1s"),
      ...options.settings?.(places),
    };
    // JSON is YAML as well.
    await Deno.writeTextFile(`${folder}/mxisd.yaml`, JSON.stringify(settings, undefined, 2));
    if (options.registration === undefined) {
      const args = ["register", "-c", "mxisd.yaml", "--output", places.registration];
      const { code, errors } = await runCommand(folder, ...args);
      assert.equal(code, 0, errors);
    } else if (options.registration !== "none") {
      await Deno.writeTextFile(places.registration, options.registration(places));
    }
    return new Organisation(things.move(), places, mailServer);
  }

  /** The same, with the homeserver and the service running. */
  static async open(options: OrganisationOptions = {}): Promise<Organisation> {
    await using things = new AsyncDisposableStack();
    const organisation = things.use(await Organisation.found(options));
    await organisation.startHomeserver();
    await organisation.startService();
    things.move();
    return organisation;
  }

  /** Starts the homeserver, which reads the registration. */
  async startHomeserver(): Promise<void> {
    this.#homeserver = this.#things.use(
      await startSynapse({
        domain: DOMAIN,
        port: this.places.homeserverPort,
        registrations: [this.places.registration],
      }),
    );
  }

  /** The homeserver that was started. */
  get homeserver(): Synapse {
    assert.ok(this.#homeserver);
    return this.#homeserver;
  }

  /** The service that was started last. */
  get service(): Child {
    assert.ok(this.#service);
    return this.#service;
  }

  /** Makes an account at the homeserver. */
  register(localpart: string): Promise<MatrixUser> {
    return this.homeserver.register(localpart);
  }

  /** Starts the service. */
  async startService(): Promise<void> {
    this.#service = await serve(this.places.folder);
  }

  /** Stops the service as an administrator does. */
  async stopService(): Promise<void> {
    const status = await this.#service?.stop("SIGTERM");
    assert.equal(status?.code, 0);
  }

  /** Ends the service on the spot. */
  async killService(): Promise<void> {
    await this.#service?.stop("SIGKILL");
  }

  /**
   * The first mail to a person's address, when it is there.
   *
   * @param within How long to wait at most, in milliseconds.
   * @throws {Error} When none came in time, with the service's last lines.
   */
  async mailTo(localpart: string, within?: number): Promise<CaughtMail> {
    try {
      return await this.mailServer.first(addressOf(localpart), within);
    } catch (cause) {
      throw new Error(`no mail to ${localpart}; the service:\n${this.#service?.tail()}`, { cause });
    }
  }

  /** An event of this name in the service's log since its start, when it is there. */
  async logged(event: string, within?: number): Promise<void> {
    await this.service.line((line) => logEvent(line)?.event === event, within);
  }

  /**
   * All mails but those of this function, once everything that is due by now is done: it has zoe
   * invited, whose mail is the last one then.
   */
  async mailsSoFar(inviter: MatrixUser): Promise<readonly CaughtMail[]> {
    const zoe = addressOf("zoe");
    const before = this.mailServer.to(zoe).length;
    await inviter.invite(await inviter.createRoom(), `@zoe:${DOMAIN}`);
    await this.mailServer.mails.find(() => this.mailServer.to(zoe).length > before);
    return this.mailServer.mails.items.filter((mail) => !mail.to.includes(zoe));
  }

  /** Pushes events to the service as a homeserver does. */
  async push(transaction: string, events: readonly unknown[]): Promise<Response> {
    const registration = await Deno.readTextFile(this.places.registration);
    const { hs_token: token } = parse(registration);
    const service = `http://127.0.0.1:${this.places.servicePort}`;
    return await fetch(`${service}/_matrix/app/v1/transactions/${transaction}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ events }),
    });
  }

  /** Stops everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.[Symbol.asyncDispose]();
    await this.#things.disposeAsync();
  }
}
