/**
 * Serves the demonstration's page: the mails so far, and a form that sends another invite.
 *
 * @module
 */

import { Hono } from "hono";
import { csrf } from "hono/csrf";
import { html } from "hono/html";
import { NONCE, secureHeaders } from "hono/secure-headers";
import { frameHeight, type FrameWidth } from "../preview/frame_height.ts";
import type { DemoInvite } from "./homeserver.ts";
import type { CaughtMail } from "./mail_catcher.ts";

/** The options of the page. */
export interface PageOptions {
  /** The mails so far, the oldest first. */
  readonly mails: readonly CaughtMail[];
  /** The user IDs of people who can be invited. */
  readonly people: readonly string[];
  /** Sends an invite. */
  readonly invite: (invite: DemoInvite) => Promise<void>;
  /** The homeserver's name. */
  readonly domain: string;
  /** The application of the page of samples. */
  readonly preview: Hono;
}

/** Creates the application of the page. */
export function createPage(options: PageOptions): Hono {
  const app = new Hono();
  // DNS rebinding: pages of other hosts must not read these.
  app.use(async (context, next) => {
    const { hostname } = new URL(context.req.url);
    if (hostname !== "127.0.0.1" && hostname !== "localhost") return context.text("Forbidden", 403);
    await next();
  });
  app.use(csrf());
  app.use(
    "/",
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: [NONCE],
        frameSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: "no-referrer",
    }),
  );
  app.get(
    "/",
    (context) => context.html(overview(options, context.get("secureHeadersNonce") ?? "")),
  );
  app.route("/preview", options.preview);
  app.get("/mails/:number/html", (context) => {
    const mail = options.mails[Number(context.req.param("number")) - 1];
    if (!mail) return context.notFound();
    // A policy of its own: it may have styles, and nothing else.
    context.header(
      "content-security-policy",
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox",
    );
    return context.html(mail.email.html ?? "");
  });
  app.post("/invites", async (context) => {
    const form = await context.req.parseBody();
    const field = (name: string) => String(form[name] ?? "").slice(0, 200);
    const invitee = field("invitee");
    const inviterName = field("name") || "Somebody";
    const localpart = inviterName.toLowerCase().replace(/[^a-z0-9]+/g, "") || "somebody";
    const inviter = `@${localpart}:${options.domain}`;
    // Inviting oneself sends no mail.
    if (options.people.includes(invitee) && inviter !== invitee) {
      const [room, reason] = [field("room"), field("reason")];
      await options.invite({ inviter, inviterName, invitee, room, reason });
    }
    return context.redirect("/", 303);
  });
  return app;
}

function overview({ mails, people }: PageOptions, nonce: string) {
  const newestFirst = mails.map((mail, index) => ({ mail, number: index + 1 })).toReversed();
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>appservice-mxisd: demonstration</title>
        <style nonce="${nonce}">${STYLE}${newestFirst.map(frameRules)}</style>
      </head>
      <body>
        <header>
          <h1>appservice-mxisd: demonstration</h1>
          <p>A simulated homeserver, a mail server that keeps everything, and the real service between them.
          Send an invite; its email is here a few seconds later. <a href="/preview">All kinds of emails</a>
          are shown side by side.</p>
        </header>
        <main>
          <form method="post" action="/invites">
          <label>Who invites<input name="name" value="Alice" maxlength="100" required></label>
          <label>Whom<select name="invitee">${people.map((person) =>
            html`<option>${person}</option>`
          )}</select></label>
          <label>To the room<input name="room" value="Plans for 2027" maxlength="100"></label>
          <label>With the words<input name="reason" value="" maxlength="200"></label>
          <button>Invite</button>
          </form>
          ${newestFirst.map(({ mail, number }) =>
            html`
              <article id="mail-${number}">
                <h2>${mail.email.subject ?? ""}</h2>
                <p class="file">to ${mail.recipient} &middot; ${mail.file}</p>
                <iframe title="Email ${number}" sandbox src="/mails/${number}/html"></iframe>
                <details>
                  <summary>As text</summary>
                  <pre>${mail.email.text ?? ""}</pre>
                </details>
              </article>
            `
          )}
          ${mails.length === 0 ? html`<p>No email yet.</p>` : ""}
        </main>
      </body>
    </html>
  `;
}

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --ground: #fff; --ink: #1c2226; --soft: #56626b; --link: #0b5c43; }
  @media (prefers-color-scheme: dark) { :root { --ground: #111416; --ink: #f1f3f4; --soft: #b3bcc2; --link: #7fd1b4; } }
  body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; background: var(--ground); color: var(--ink); }
  h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere; }
  a { color: var(--link); }
  form { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); align-items: end; }
  label { display: grid; font-size: .85rem; }
  input, select, button { font: inherit; padding: .4rem .6rem; border-radius: 6px; border: 1px solid #8888; min-width: 0; }
  button { background: #0b6e4f; color: #fff; border: 0; padding: .5rem 1rem; }
  input, select { height: 2.4rem; box-sizing: border-box; }
  article { border: 1px solid #8886; border-radius: 10px; padding: 1rem; margin: 1.5rem 0; }
  iframe { width: 100%; box-sizing: border-box; border: 1px solid #8884; border-radius: 6px; margin-top: .6rem; }
  .file, summary { color: var(--soft); font-size: .85rem; margin: 0; overflow-wrap: anywhere; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
`;

// The style sheet has them, as the page's policy admits no style in an attribute.
function frameRules({ mail, number }: { readonly mail: CaughtMail; readonly number: number }) {
  const { text = "", html = "" } = mail.email;
  const height = (width: FrameWidth) => frameHeight({ text, html }, width);
  return `#mail-${number} iframe { height: ${height("desktop")}px; }
  @media (max-width: 44rem) { #mail-${number} iframe { height: ${height("phone")}px; } }
`;
}
