import assert from "node:assert/strict";
import { freePort } from "../process/free_port.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { runCommand } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import { type BrowserPage, startBrowser } from "./servers/browser.ts";
import type { CaughtMail } from "./servers/mail_catcher.ts";
import { documented, startNginx } from "./servers/proxy.ts";
import { addressOf } from "./settings.ts";

const PREFIX = "/chat-mails";
const BOB = addressOf("bob");

/** Starts the service behind nginx, below a path. */
async function publish() {
  await using stack = new AsyncDisposableStack();
  const port = freePort();
  const publicUrl = `http://127.0.0.1:${port}${PREFIX}`;
  const organisation = stack.use(
    await Organisation.create({
      settings: ({ servicePort }) => ({
        server: { port: servicePort, publicUrl },
        // The mails of a test follow one another, some about the same room.
        notify: { delay: "0", digest: "off", repeatAfter: "off" },
      }),
    }),
  );
  const location = await documented("nginx", 1, {
    "127.0.0.1:8090": `127.0.0.1:${organisation.layout.servicePort}`,
  });
  stack.use(await startNginx(`server { listen 127.0.0.1:${port};\n${location}\n}`));
  await organisation.startService();
  const started = stack.move();
  return { organisation, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** Invites bob, and waits for his mail. */
async function mailed(organisation: Organisation, number: number, other = {}): Promise<void> {
  const expected = organisation.mailServer.to(BOB).length + 1;
  await invite(organisation, number, other);
  await organisation.mailServer.mails.find(() =>
    organisation.mailServer.to(BOB).length >= expected
  );
}

/** Invites bob, and checks that he gets no mail. */
async function stopped(organisation: Organisation, number: number, other = {}): Promise<void> {
  const before = organisation.mailServer.to(BOB).length;
  await invite(organisation, number, other);
  await organisation.logged("invite skipped");
  // A stop waits for what is in flight, and the next call needs a new log.
  await organisation.stopService();
  await organisation.startService();
  assert.equal(organisation.mailServer.to(BOB).length, before);
}

async function invite(organisation: Organisation, number: number, other: object): Promise<void> {
  const event = inviteEvent({ origin_server_ts: Date.now() + number, ...other });
  await organisation.pushEvents(event);
}

/** The link in a mail that stops mails. */
function stopLink({ message }: CaughtMail): string {
  return /http:\S+\/stop\/[\w-]+/.exec(message.text ?? "")?.[0] ?? "";
}

const buttons = (page: BrowserPage) =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll("button")].map(({ name, value }) => name + " " + value)`,
  );

Deno.test("in a browser: open the link, stop the mails, come back, undo it", async () => {
  await using published = await publish();
  const { organisation } = published;
  await mailed(organisation, 1);
  const mail = await organisation.mailTo("bob");
  const link = stopLink(mail);
  assert.ok(mail.message.html?.includes(`href="${link}`));

  // A mail scanner opens every link in the mail.
  for (const url of [link, `${link}?what=room`, `${link}?what=inviter`]) {
    for (const method of ["GET", "HEAD", "GET"]) {
      const response = await fetch(url, { method });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("set-cookie"), null);
      await response.body?.cancel();
    }
  }
  await mailed(organisation, 2);

  await using browser = await startBrowser();
  await using page = await browser.open(link);
  assert.deepEqual(await buttons(page), ["stop room", "stop inviter", "stop all"]);
  await page.follow("button[value=room]");
  assert.equal(await page.evaluate("location.href"), link);
  assert.deepEqual(await buttons(page), ["undo room", "stop inviter", "stop all"]);
  await stopped(organisation, 3);
  const other = { room_id: "!other:example.org" };
  await mailed(organisation, 4, other);

  // Later, from the mail again.
  await page.goto(`${link}?what=inviter`);
  await page.follow("button.main");
  assert.deepEqual(await buttons(page), ["undo room", "undo inviter", "stop all"]);
  await stopped(organisation, 5, other);
  await page.follow("button[value=all]");
  assert.deepEqual(await buttons(page), ["undo room", "undo inviter", "undo all"]);

  const listed = await runCommand(organisation.layout.folder, "suppressions", "list");
  assert.equal(listed.code, 0, listed.errors);
  assert.match(
    listed.output,
    /^1: room !plans:example\.org\n {2}address {2}bob@mail\.example\.org\n/,
  );

  for (const what of ["all", "inviter", "room"]) await page.follow(`button[value=${what}]`);
  assert.deepEqual(await buttons(page), ["stop room", "stop inviter", "stop all"]);
  await mailed(organisation, 6);
});

Deno.test("in a browser: a forged link and a link of another service do not work", async () => {
  await using published = await publish();
  await using elsewhere = await publish();
  const links: string[] = [];
  for (const { organisation } of [published, elsewhere]) {
    await organisation.pushEvents(inviteEvent());
    links.push(stopLink(await organisation.mailTo("bob")));
  }
  const [own = "", foreign = ""] = links;
  const folder = own.slice(0, own.lastIndexOf("/") + 1);
  const forged = own.replace(/.(?=.{40}$)/, (sign) => sign === "A" ? "B" : "A");
  await using browser = await startBrowser();
  await using page = await browser.open(own);
  assert.equal((await buttons(page)).length, 3);
  for (const wrong of [forged, folder + foreign.slice(foreign.lastIndexOf("/") + 1), folder]) {
    await page.goto(wrong);
    assert.deepEqual(await buttons(page), []);
    assert.equal(await page.evaluate("document.title"), "This link does not work");
    const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
    const response = await fetch(wrong, { method: "POST", body });
    assert.equal(response.status, 404);
    await response.body?.cancel();
  }
  const listed = await runCommand(published.organisation.layout.folder, "suppressions", "list");
  assert.deepEqual([listed.code, listed.output], [0, ""]);
});

Deno.test("in a browser: the page runs no script, loads nothing and cannot be framed", async () => {
  await using published = await publish();
  const { organisation } = published;
  const name = `<script>document.title = "evil"</script>"><img src=x onerror=alert(1)>`;
  const state = [{ type: "m.room.name", state_key: "", sender: "@a:b", content: { name } }];
  await organisation.pushEvents(inviteEvent({ unsigned: { invite_room_state: state } }));
  const link = stopLink(await organisation.mailTo("bob"));
  await using browser = await startBrowser();
  await using page = await browser.open(link);
  assert.equal(await page.evaluate("document.title"), "Which emails do you still want?");
  assert.ok((await page.evaluate<string>("document.body.innerText")).includes("<script>document"));
  assert.equal(await page.evaluate("document.images.length + document.scripts.length"), 0);
  // The style sheet is allowed by its nonce.
  assert.equal(
    await page.evaluate(`getComputedStyle(document.querySelector("main")).maxWidth`),
    "560px",
  );
  assert.equal(await page.evaluate("document.cookie"), "");
  // The page's policy refuses all other requests.
  const refused = await page.evaluate(`fetch("/health").then(() => "sent", () => "refused")`);
  assert.equal(refused, "refused");
  const framed = await page.evaluate(`new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.src = location.href;
    document.addEventListener("securitypolicyviolation", () => resolve("refused"));
    frame.onload = () => resolve("loaded");
    document.body.append(frame);
  })`);
  assert.equal(framed, "refused");
});
