/** The pages to stop mails over a real outbox, and a mail with its link. */

import { DatabaseSync } from "node:sqlite";
import type { Hono } from "hono";
import assert from "node:assert/strict";
import { createHttpApp } from "../../../src/http/app.ts";
import { stopLink } from "../../../src/notify/stop_link.ts";
import { type StopTokens, stopTokens } from "../../../src/notify/stop_token.ts";
import type { ClaimedMail, Outbox } from "../../../src/outbox/port.ts";
import { openPageRenderer } from "../../../src/render/liquid/page_renderer.ts";
import type { PageRenderer } from "../../../src/render/page_port.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { claimInvitation, invite, mailTo, SENT } from "../../contracts/outbox_samples.ts";
import { HS_TOKEN } from "../notify/service.ts";
import { tempOutbox } from "../outbox/temp_outbox.ts";
import { FakeClock } from "../system/fake_clock.ts";

const BRAND = {
  ...{ product: "", logo: "", color: "", footer: "" },
  ...{ support: "", imprint: "", register: "" },
};

/** What differs from the usual. */
export interface SiteOptions {
  /** Whether rooms are named. */
  readonly namesRoom?: boolean;
  /** Whether rooms and inviters from outside are. */
  readonly namesOutside?: boolean;
  /** Whether there are pages at all. */
  readonly published?: boolean;
  /** Answers the check of the public URL. */
  readonly proof?: (nonce: string) => string;
  /** Renders pages instead of the real one. */
  readonly renderer?: Pick<PageRenderer, "render">;
}

/** The application and its outbox. */
export class StopSite implements AsyncDisposable {
  readonly clock: FakeClock = new FakeClock();
  readonly #box = tempOutbox(this.clock);
  readonly tokens: StopTokens = stopTokens(this.outbox.secret);
  readonly app: Hono;
  #invites = 0;

  constructor(
    { namesRoom = true, namesOutside = false, published = true, proof, renderer }: SiteOptions = {},
  ) {
    this.app = createHttpApp({
      hsToken: new Secret(HS_TOKEN),
      clock: this.clock,
      accept: () => Promise.resolve({ kind: "accepted" }),
      stopPages: published
        ? {
          clock: this.clock,
          tokens: this.tokens,
          suppressions: this.outbox.suppressions,
          renderer: renderer ?? openPageRenderer({ brand: BRAND }),
          namesRoom,
          namesOutside,
          proof,
        }
        : undefined,
    });
  }

  get outbox(): Outbox {
    return this.#box.outbox;
  }

  /** Records, resolves and sends an invite; returns the mail, if there is one. */
  async invited(options: Parameters<typeof invite>[1] = {}): Promise<ClaimedMail | undefined> {
    const { outbox, clock } = this;
    const change = invite(++this.#invites, options);
    await outbox.record([change], { receivedAt: clock.now(), dueAt: clock.now() });
    const claim = await claimInvitation(this);
    const mails = [mailTo("bob@mail.example")];
    await outbox.settleInvitation(claim, { kind: "resolved", mails });
    const [mail] = await outbox.claimMails({ count: 1, perAddress: null });
    if (mail) await outbox.settleMail(mail, SENT);
    return mail;
  }

  /** Sends one mail about invites with these options. */
  async digest(...all: readonly Parameters<typeof invite>[1][]): Promise<ClaimedMail> {
    const { outbox, clock } = this;
    const changes = all.map((options) => invite(++this.#invites, options));
    await outbox.record(changes, { receivedAt: clock.now(), dueAt: clock.now() });
    for (const claim of await outbox.claimInvitations(100)) {
      const mails = [mailTo("bob@mail.example")];
      await outbox.settleInvitation(claim, { kind: "resolved", mails });
    }
    {
      using database = new DatabaseSync(this.#box.file);
      database.exec(`
        UPDATE mail_invitations SET mail_id = (SELECT min(id) FROM mails WHERE state = 'queued')
          WHERE mail_id IN (SELECT id FROM mails WHERE state = 'queued');
        DELETE FROM mails WHERE id NOT IN (SELECT mail_id FROM mail_invitations)`);
    }
    const [mail] = await outbox.claimMails({ count: 1, perAddress: null });
    assert.ok(mail?.invitations.length === all.length);
    await outbox.settleMail(mail, SENT);
    return mail;
  }

  /** The path of a mail's link. */
  async linkOf(mail?: ClaimedMail, language = "en"): Promise<string> {
    const about = mail ?? await this.invited();
    assert.ok(about);
    const { hash } = this.outbox.suppressions;
    return stopLink(about, language, {
      publicUrl: "",
      tokens: this.tokens,
      hash,
      domain: "example.org",
    });
  }

  /** Sends a form of the page. */
  async post(path: string, fields: Record<string, string>): Promise<Response> {
    return await this.app.request(path, { method: "POST", body: new URLSearchParams(fields) });
  }

  /** What is stopped. */
  async stopped(): Promise<string[]> {
    return (await this.outbox.suppressions.list()).map(({ scope }) => scope);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#box[Symbol.asyncDispose]();
  }
}
