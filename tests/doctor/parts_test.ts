import assert from "node:assert/strict";
import { checkFiles } from "../../src/doctor/files.ts";
import { checkHomeserver, type HomeserverChecks } from "../../src/doctor/homeserver.ts";
import { checkMail, type MailOptions } from "../../src/doctor/mail.ts";
import { checkPublished } from "../../src/doctor/published.ts";
import { findService, type ServiceState } from "../../src/doctor/service.ts";
import { asSpan } from "../../src/doctor/span.ts";
import type { UserId } from "../../src/domain/user_id.ts";
import { smtpSection } from "../../src/mail/smtp/section.ts";
import { openSmtpTransport } from "../../src/mail/smtp/transport.ts";
import { systemClock } from "../../src/system/clock.ts";
import { systemRandom } from "../../src/system/random.ts";
import { startScriptedSmtp } from "../fakes/mail/scripted_smtp.ts";

const never = new AbortController().signal;
const RUNNING: ServiceState = { kind: "running", at: "127.0.0.1:8090" };
const PUBLIC_URL = "https://mxisd.example.org";

/** A web server behind the public URL, by its paths. */
function site(routes: Readonly<Record<string, () => Response>>): typeof fetch {
  return (input) => {
    const { pathname } = new URL(String(input));
    const path = Object.keys(routes).find((start) => pathname.startsWith(start));
    return Promise.resolve(routes[path ?? ""]?.() ?? new Response("no", { status: 404 }));
  };
}

async function published(routes: Readonly<Record<string, () => Response>>, publicUrl = PUBLIC_URL) {
  const options = {
    publicUrl,
    proof: () => "proof",
    clock: systemClock,
    randomBytes: systemRandom,
  };
  const checks = await checkPublished({ ...options, fetch: site(routes) }, RUNNING, never);
  return checks.map(({ check, result, seen }) => `${result} ${check}: ${seen}`);
}

const PAGES = { "/stop/check/": () => new Response("proof") };
const HEALTH = { "/health": () => Response.json({ status: "ok" }) };
const APPSERVICE = {
  "/_matrix/app/": () => Response.json({ errcode: "M_MISSING_TOKEN" }, { status: 401 }),
};
const SYNAPSE = {
  "/_matrix/app/": () => Response.json({ errcode: "M_UNRECOGNIZED" }, { status: 404 }),
  "/health": () => new Response("OK"),
};

Deno.test("only the pages to stop emails should be published", async () => {
  const ours = `ok pages: ${PUBLIC_URL} leads to the pages of this service`;
  const nothing = "ok other paths: nothing else of the service is published";
  assert.deepEqual(await published(PAGES), [ours, nothing]);
  // The homeserver is behind the same name.
  assert.deepEqual(await published({ ...PAGES, ...SYNAPSE }), [ours, nothing]);
  const [, health] = await published({ ...PAGES, ...HEALTH });
  assert.match(health ?? "", /^warning other paths: .*: \/health lead to this service$/);
  const [, all] = await published({ ...PAGES, ...HEALTH, ...APPSERVICE });
  assert.match(all ?? "", /: \/health and \/_matrix\/app\/v1\/users\/@doctor:invalid lead/);
  assert.equal((await published({ ...PAGES, ...HEALTH }, "http://127.0.0.1:8090")).length, 1);
  const [broken, ...more] = await published({ ...HEALTH });
  assert.match(broken ?? "", /^error pages: .* another service answers there, with status 404$/);
  assert.deepEqual(more, []);
});

Deno.test("whether the service runs is seen at its port", async () => {
  const address = { host: undefined, port: 8090, url: undefined };
  const ask = (response: () => Response) =>
    findService(
      address,
      { clock: systemClock, fetch: () => Promise.resolve(response()) },
      never,
    );
  assert.equal((await ask(() => Response.json({ status: "ok" }))).kind, "running");
  assert.equal((await ask(() => new Response("OK"))).kind, "other");
  assert.equal((await ask(() => new Response("{}", { status: 500 }))).kind, "other");
  for (const [host, at] of [["::", "127.0.0.1:8090"], ["::1", "[::1]:8090"]] as const) {
    const asked: string[] = [];
    await findService({ ...address, host }, {
      clock: systemClock,
      fetch: (url) => {
        asked.push(String(url));
        return Promise.resolve(new Response());
      },
    }, never);
    assert.deepEqual(asked, [`http://${at}/health`]);
  }
});

async function homeserver(changes: Partial<HomeserverChecks>) {
  const checks = await checkHomeserver({
    homeserver: {
      whoami: () => Promise.resolve({ kind: "user", user: "@mxisd:example.org" as UserId }),
      ping: () => Promise.resolve({ kind: "reached", milliseconds: 2 }),
    },
    swapped: { whoami: () => Promise.resolve({ kind: "unknown token" }) },
    versions: { kind: "versions", versions: [], date: undefined },
    service: RUNNING,
    domain: "example.org",
    url: "http://localhost:8008",
    localpart: "mxisd",
    hasToken: true,
    ...changes,
  }, never);
  return checks.map(({ check, result }) => `${result} ${check}`);
}

Deno.test("what the homeserver does not say is skipped", async () => {
  assert.deepEqual(await homeserver({}), ["ok reachable", "ok registration", "ok ping"]);
  assert.deepEqual(await homeserver({ hasToken: false }), [
    ...["ok reachable", "skipped registration", "skipped ping"],
  ]);
  // Dendrite has no ping.
  const dendrite = {
    whoami: () => Promise.resolve({ kind: "unknown" } as const),
    ping: () => Promise.resolve({ kind: "unsupported", advice: "See." } as const),
  };
  assert.deepEqual(await homeserver({ homeserver: dendrite }), [
    ...["ok reachable", "skipped registration", "skipped ping"],
  ]);
  const versions = { kind: "failed", reason: "down", advice: "Start it." } as const;
  assert.deepEqual(await homeserver({ versions }), ["error reachable"]);
});

Deno.test("emails that would go out without a verified TLS connection are a warning", async () => {
  await using plain = startScriptedSmtp();
  const opened: boolean[] = [];
  const mail = (host: string, tls: number): MailOptions => ({
    kind: "smtp",
    // Only the name tells another machine from this one.
    smtp: { host, port: plain.port, tls, login: "" },
    open: ({ verified }) => {
      opened.push(verified);
      const mode = verified ? 2 : tls;
      const settings = { host: "127.0.0.1", port: plain.port, tls: mode };
      return openSmtpTransport(smtpSection.parse(settings), { clock: systemClock, fetch });
    },
  });
  const [remote] = await checkMail(mail("mail.example.org", 1), never);
  assert.equal(remote?.result, "warning");
  assert.match(
    remote?.seen ?? "",
    /^mail\.example\.org:\d+ accepts emails, but without a verified TLS/,
  );
  assert.deepEqual(opened, [false, true]);
  assert.equal((await checkMail(mail("localhost", 1), never))[0]?.result, "ok");
  assert.match(
    (await checkMail(mail("mail.example.org", 0), never))[0]?.seen ?? "",
    /without TLS$/,
  );
  const none = await checkMail({ ...mail("", 0), kind: "none" }, never);
  assert.deepEqual(none.map(({ result }) => result), ["skipped"]);
});

Deno.test({
  name: "files that root made are told where the service is another user",
  ignore: Deno.uid() !== 0,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const [configuration, database] = [`${folder}/mxisd.yaml`, `${folder}/outbox.db`];
      await Deno.writeTextFile(configuration, "", { mode: 0o640 });
      await Deno.writeTextFile(database, "", { mode: 0o600 });
      const files = { configuration, secrets: [], others: [], database };
      assert.deepEqual(checkFiles(files).map(({ result }) => result), ["ok"]);
      await Deno.chown(folder, 64123, 64123);
      const [check, ...more] = checkFiles(files);
      assert.deepEqual([check?.result, check?.remedy, more], [
        ...["warning", `Run: chown 64123 ${database}`, []],
      ]);
      await Deno.chown(database, 64123, 64123);
      assert.deepEqual(checkFiles(files).map(({ result }) => result), ["ok"]);
      // Who owns the database is the service; another user may not change what it reads.
      await Deno.chown(configuration, 64123, 64123);
      assert.deepEqual(checkFiles(files).map(({ result }) => result), ["ok"]);
      await Deno.chown(configuration, 64124, 64123);
      const [foreign] = checkFiles(files);
      assert.equal(foreign?.seen, "belongs to the user 64124, who can change it");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("a span is written in its largest unit", () => {
  const HOUR = 3_600_000;
  const spans = [0, 1_000, 119_000, 120_000, 119 * 60_000, 2 * HOUR, 47 * HOUR, 20 * 24 * HOUR];
  assert.deepEqual(spans.map(asSpan), [
    ...["0 seconds", "1 second", "119 seconds", "2 minutes", "119 minutes", "2 hours", "47 hours"],
    "20 days",
  ]);
});
