/**
 * An organisation with a homeserver, a mail server and the service between the two.
 *
 * @module
 */

import { strict as assert } from "node:assert";
import type { Child } from "./child.ts";
import { freePort } from "./free_port.ts";
import { logEvent, runCommand, serve } from "./program.ts";
import { type CaughtMail, MailCatcher } from "./servers/mail_catcher.ts";
import type { MatrixUser } from "./servers/matrix_user.ts";
import { startSynapse, type Synapse } from "./servers/synapse.ts";
import { tempFolder } from "./temp_folder.ts";

/** The homeserver's name. */
export const DOMAIN = "example.org";

/** The people that the identity store knows; the address of bob is bob@mail.example.org. */
const PEOPLE = [
  { username: "alice", displayName: "Alice Archer" },
  { username: "bob", displayName: "Bob Baker" },
  { username: "carol", displayName: "Carol Carter" },
  { username: "dave", displayName: "Dave Dyer" },
  { username: "zoe", displayName: "Zoe Zimmer" },
];

/** A person's mail address in the identity store. */
export function addressOf(localpart: string): string {
  return `${localpart}@mail.${DOMAIN}`;
}

/** How the service is set up. */
export interface OrganisationOptions {
  /** `notify.delay`. */
  readonly delay?: string;
}

/** The service with a mail server, in a folder of its own. */
export class Organisation implements AsyncDisposable {
  readonly #things: AsyncDisposableStack;
  #service: Child | undefined;
  #homeserver: Synapse | undefined;

  private constructor(
    /** Where the configuration is, and all that the service writes. */
    readonly folder: string,
    things: AsyncDisposableStack,
    /** The mail server. */
    readonly mailServer: MailCatcher,
    /** The service's base URL. */
    readonly url: string,
    /** The port that the configuration gives the homeserver. */
    readonly homeserverPort: number,
  ) {
    this.#things = things;
  }

  /** Writes the configuration and has the service write its registration; nothing runs yet. */
  static async found(options: OrganisationOptions = {}): Promise<Organisation> {
    await using things = new AsyncDisposableStack();
    const folder = things.use(await tempFolder()).path;
    const mailServer = things.use(await MailCatcher.start());
    const [port, homeserverPort] = [freePort(), freePort()];
    const url = `http://127.0.0.1:${port}`;
    const settings = {
      matrix: { domain: DOMAIN },
      server: { port },
      appsvc: {
        endpoint: { toHS: { url: `http://127.0.0.1:${homeserverPort}` }, toAS: { url } },
        registration: { synapse: { file: `${folder}/registration.yaml` } },
      },
      storage: { provider: { sqlite: { database: `${folder}/outbox.db` } } },
      memory: {
        enabled: true,
        identities: PEOPLE.map((person) => ({
          ...person,
          threepids: [{ medium: "email", address: addressOf(person.username) }],
        })),
      },
      threepid: {
        medium: {
          email: {
            identity: { from: `matrix@${DOMAIN}`, name: "Example chat" },
            connector: "smtp",
            connectors: { smtp: { host: "127.0.0.1", port: mailServer.port, tls: 0 } },
          },
        },
      },
      notify: { delay: options.delay ?? "1s" },
    };
    // JSON is YAML as well.
    await Deno.writeTextFile(`${folder}/mxisd.yaml`, JSON.stringify(settings, undefined, 2));
    const registered = await runCommand(
      folder,
      ...["register", "-c", "mxisd.yaml", "--output", "registration.yaml"],
    );
    assert.equal(registered.code, 0, registered.errors);
    return new Organisation(folder, things.move(), mailServer, url, homeserverPort);
  }

  /** The same, with a homeserver that has the registration; everything runs. */
  static async open(options: OrganisationOptions = {}): Promise<Organisation> {
    await using things = new AsyncDisposableStack();
    const organisation = things.use(await Organisation.found(options));
    organisation.#homeserver = organisation.#things.use(
      await startSynapse({
        domain: DOMAIN,
        port: organisation.homeserverPort,
        registrations: [`${organisation.folder}/registration.yaml`],
      }),
    );
    await organisation.startService();
    things.move();
    return organisation;
  }

  /** The homeserver, where there is one. */
  get homeserver(): Synapse {
    assert.ok(this.#homeserver);
    return this.#homeserver;
  }

  /** Makes an account at the homeserver. */
  register(localpart: string): Promise<MatrixUser> {
    return this.homeserver.register(localpart);
  }

  /**
   * All mails but those of this function, once everything that is due by now is done: it has zoe
   * invited, whose mail is the last one then.
   */
  async mailsSoFar(inviter: MatrixUser): Promise<readonly CaughtMail[]> {
    const before = this.mailServer.to(addressOf("zoe")).length;
    await inviter.invite(await inviter.createRoom(), `@zoe:${DOMAIN}`);
    await this.mailServer.mails.find(() => this.mailServer.to(addressOf("zoe")).length > before);
    return this.mailServer.mails.items.filter((mail) => !mail.to.includes(addressOf("zoe")));
  }

  /** Starts the service. */
  async startService(): Promise<void> {
    this.#service = await serve(this.folder);
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

  /** An event of this name in the service's log since its start, when it is there. */
  async logged(event: string, within?: number): Promise<void> {
    assert.ok(this.#service);
    await this.#service.lines.find((line) => logEvent(line)?.event === event, within);
  }

  /** The hs_token of the registration. */
  async homeserverToken(): Promise<string> {
    const text = await Deno.readTextFile(`${this.folder}/registration.yaml`);
    const token = /^hs_token: *"?([^"\n]+)"?$/m.exec(text)?.[1];
    assert.ok(token, "the registration has an hs_token");
    return token;
  }

  /** Pushes events to the service as a homeserver does. */
  async push(transaction: string, events: readonly unknown[]): Promise<Response> {
    return await fetch(`${this.url}/_matrix/app/v1/transactions/${transaction}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${await this.homeserverToken()}` },
      body: JSON.stringify({ events }),
    });
  }

  /** Stops everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.[Symbol.asyncDispose]();
    await this.#things.disposeAsync();
  }
}
