import assert from "node:assert/strict";
import { rsaKey } from "../fakes/mail/dkim_keys.ts";
import { octets, png } from "../fakes/render/pictures.ts";
import type { Child } from "../process/child.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { logEvent, serveProbed } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import { DOMAIN, type Layout, settingsFor } from "./settings.ts";

const FORBIDDEN = [
  "run a program",
  "load a library",
  "read the environment",
  "ask about the system",
  "read a file",
  "write a file",
];

/** Has the service try everything that is forbidden. */
async function assertDenied(service: Child, allowed: readonly string[] = []): Promise<void> {
  service.signal("SIGUSR2");
  for (const what of FORBIDDEN) {
    const prefix = `probe: ${what}: `;
    const line = await service.line((line) => line.startsWith(prefix));
    assert.equal(line, `${prefix}${allowed.includes(what) ? "allowed" : "denied"}`);
  }
}

Deno.test("the running service has no permission that its configuration does not need", async () => {
  await using organisation = await Organisation.create();
  await using service = await serveProbed(organisation.layout.folder);
  await assertDenied(service);
});

Deno.test("a service that may be reloaded keeps the permission to read files, and no other", async () => {
  await using organisation = await Organisation.create({
    settings: ({ servicePort }) => ({ server: { port: servicePort, reload: true } }),
  });
  await using service = await serveProbed(organisation.layout.folder);
  await assertDenied(service, ["read a file"]);
  service.signal("SIGHUP");
  await service.line((line) => logEvent(line)?.event === "configuration reloaded");
  await organisation.pushEvents(inviteEvent());
  await organisation.mailTo("bob");
});

// Everything that a mail can contain, in files.
function inFiles({ folder, mailPort, servicePort }: Layout) {
  Deno.mkdirSync(`${folder}/templates`);
  Deno.writeTextFileSync(`${folder}/templates/subject.liquid`, "Our own subject");
  Deno.writeTextFileSync(`${folder}/dkim.pem`, rsaKey(1024).pem);
  Deno.writeFileSync(`${folder}/logo.png`, octets(png(120, 40)));
  const dkim = { domain: DOMAIN, selector: "x", key: { file: "dkim.pem" } };
  const smtp = { host: "127.0.0.1", port: mailPort, tls: 0, dkim };
  return {
    server: { port: servicePort, publicUrl: `http://127.0.0.1:${servicePort}` },
    threepid: {
      medium: { email: { identity: { from: `matrix@${DOMAIN}` }, connectors: { smtp } } },
    },
    notify: { delay: "0", templates: "templates", brand: { logo: "logo.png" } },
  };
}

Deno.test("mails and pages need no files after the start of the service", async () => {
  await using organisation = await Organisation.create({ settings: inFiles });
  const { folder, servicePort } = organisation.layout;
  await using service = await serveProbed(folder);
  await assertDenied(service);
  await organisation.pushEvents(inviteEvent());
  const { message, raw } = await organisation.mailTo("bob");
  assert.equal(message.subject, "Our own subject");
  assert.match(new TextDecoder().decode(raw), /^DKIM-Signature: /m);
  assert.equal(message.attachments.length, 1);
  const link = /http:\/\/127\.0\.0\.1:[0-9]+\/stop\/[\w-]+/.exec(message.text ?? "")?.[0] ?? "";
  assert.ok(link.startsWith(`http://127.0.0.1:${servicePort}/`));
  for (const language of ["de", "ar", "tlh"]) {
    const wrong = await fetch(`${link}x`, { headers: { "accept-language": language } });
    assert.match(
      await wrong.text(),
      language === "tlh" ? /lang="en"/ : RegExp(`lang="${language}"`),
    );
  }
  const stopped = await fetch(link, { method: "POST", body: new URLSearchParams({ stop: "all" }) });
  assert.equal(stopped.status, 200);
  assert.match(await stopped.text(), /name="undo"/);
});

for (
  const [handler, handlers, allowed] of [
    ["sendgrid", { sendgrid: { api: { key: "SG.x" }, identity: { from: `x@${DOMAIN}` } } }, []],
    ["sendmail", { sendmail: { command: "/bin/true" } }, ["run a program"]],
  ] as const
) {
  Deno.test(`${handler} needs ${allowed[0] ? `the permission to ${allowed[0]}` : "no permission"}`, async () => {
    await using organisation = await Organisation.create({
      settings: (layout) => ({
        ...settingsFor(layout, "0"),
        notification: { handler: { email: handler }, handlers },
      }),
    });
    await using service = await serveProbed(organisation.layout.folder);
    await assertDenied(service, allowed);
  });
}
