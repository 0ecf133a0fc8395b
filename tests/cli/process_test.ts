import assert from "node:assert/strict";
import { SynapseDatabase } from "../fakes/identity/sql/synapse_database.ts";
import { rsaKey } from "../fakes/mail/dkim_keys.ts";
import { startScriptedSmtp } from "../fakes/mail/scripted_smtp.ts";
import { startSmtpSink } from "../fakes/mail/smtp_sink.ts";
import { CA, LOCALHOST } from "../fakes/net/certificates.ts";
import { octets, png } from "../fakes/render/pictures.ts";
import { Child } from "../process/child.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { logEvent, programCommand, programEnvironment, serve } from "../process/program.ts";
import { runToEnd } from "../process/run_to_end.ts";
import { rowTest, thoroughTest } from "../thorough.ts";
import { type Differences, HS_TOKEN, makeWorkspace, type Workspace } from "./workspace.ts";

const SMTP = "threepid.medium.email.connectors.smtp";
const TEMPLATE = "threepid.medium.email.generators.template.generic.matrixId";

async function push(workspace: Workspace): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${workspace.port}/_matrix/app/v1/transactions/1`, {
    method: "PUT",
    headers: { authorization: `Bearer ${HS_TOKEN}` },
    body: JSON.stringify({ events: [inviteEvent()] }),
  });
  await response.body?.cancel();
  assert.equal(response.status, 200);
}

async function serveInvite(workspace: Workspace): Promise<void> {
  await using service = await serve(workspace.folder);
  await push(workspace);
  await service.line((line) => logEvent(line)?.event === "mail sent");
  const { code } = await service.stop();
  assert.equal(code, 0, service.tail());
}

const VARIANTS: Readonly<Record<string, (workspace: Workspace) => Promise<Differences>>> = {
  async "a legacy template and certificates of our own"(workspace) {
    const template = "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\n%SENDER_ID% invites you\n";
    await Deno.writeTextFile(workspace.path("mail.eml"), template);
    await Deno.writeTextFile(workspace.path("ca.pem"), CA);
    return {
      [TEMPLATE]: workspace.path("mail.eml"),
      "tls.ca": workspace.path("ca.pem"),
      [`${SMTP}.host`]: "localhost",
      [`${SMTP}.tls`]: 2,
    };
  },
  async "templates, a logo and a signature of our own, and Synapse's database"(workspace) {
    await Deno.mkdir(workspace.path("templates/en"), { recursive: true });
    await Deno.writeTextFile(workspace.path("templates/en/words.yaml"), 'greeting: "Ahoy,"\n');
    await Deno.writeFile(workspace.path("logo.png"), octets(png(120, 40)));
    await Deno.writeTextFile(workspace.path("dkim.pem"), rsaKey(2048).pem);
    using database = new SynapseDatabase(workspace.path("homeserver.db"));
    database.add({ id: "@bob:example.org", addresses: ["bob@corp.example"] });
    return {
      "notify.templates": "templates",
      "notify.brand.logo": "logo.png",
      [`${SMTP}.dkim`]: { domain: "example.org", selector: "s", key: { file: "dkim.pem" } },
      "memory.enabled": false,
      "synapseSql.enabled": true,
      "synapseSql.type": "sqlite",
      "synapseSql.connection": workspace.path("homeserver.db"),
    };
  },
};

for (const [index, [what, prepare]] of Object.entries(VARIANTS).entries()) {
  rowTest(index === 0)(`with only the program's permissions, a mail leaves: ${what}`, async () => {
    await using sink = await startSmtpSink({ tls: LOCALHOST });
    await using workspace = await makeWorkspace();
    await workspace.configure({ [`${SMTP}.port`]: sink.port, ...await prepare(workspace) });
    await serveInvite(workspace);
    assert.deepEqual(sink.mails.map(({ to }) => to), [["bob@corp.example"]]);
    assert.match(sink.mails[0]?.email.subject ?? "", /invited you to|Grüße/);
  });
}

thoroughTest(
  "with only the program's permissions, a mail leaves: the built-in templates, into a folder",
  async () => {
    await using workspace = await makeWorkspace({
      "threepid.medium.email.connector": "file",
      "threepid.medium.email.connectors.file.folder": "mails",
    });
    await serveInvite(workspace);
    const [mail] = await Array.fromAsync(Deno.readDir(workspace.path("mails")));
    assert.match(mail?.name ?? "", /\.eml$/);
  },
);

// `serveInvite` ends it with SIGTERM.
thoroughTest("SIGINT ends the service with 0", async () => {
  await using workspace = await makeWorkspace();
  await using idle = await serve(workspace.folder);
  assert.equal((await idle.stop("SIGINT")).code, 0, idle.tail());
});

for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  thoroughTest(`a second ${signal} ends the service at once`, async () => {
    await using server = startScriptedSmtp({ plays: { mail: "hang" } });
    await using workspace = await makeWorkspace({ [`${SMTP}.port`]: server.port });
    await using busy = await serve(workspace.folder);
    await push(workspace);
    await server.reached("mail");
    busy.signal(signal);
    while (await listens(workspace)) await new Promise((resolve) => setTimeout(resolve));
    // By now the first one was seen. Without the second one, the code would be 0.
    assert.equal((await busy.stop(signal)).code, code);
  });
}

async function listens({ port }: Workspace): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

thoroughTest(
  "a reader of only the first line ends the demonstration, without an error",
  async () => {
    await using workspace = await makeWorkspace();
    const command = (await programCommand()).map((word) => `'${word}'`).join(" ");
    const piped = `{ ${command} demo --keep; echo "code $?" >&2; } | head -n 1`;
    const { output, errors } = await runToEnd(["/bin/sh", "-c", piped], {
      cwd: workspace.folder,
      env: { ...programEnvironment(), PATH: "/usr/bin:/bin" },
    });
    assert.match(output, /^The service listens on .*\n$/);
    assert.equal(errors, "code 0\n");
  },
);

thoroughTest("a full disk behind the results is an error that is printed", async () => {
  await using workspace = await makeWorkspace();
  const command = (await programCommand()).map((word) => `'${word}'`).join(" ");
  const { code, errors } = await runToEnd(
    ["/bin/sh", "-c", `${command} config schema > /dev/full`],
    { cwd: workspace.folder, env: programEnvironment() },
  );
  assert.equal(code, 4);
  assert.match(errors, /^The results cannot be written: no space or no inode is left/);
});

thoroughTest("the demonstration needs no permission but the program's, and no home", async () => {
  await using workspace = await makeWorkspace();
  const { HOME: _home, ...environment } = programEnvironment();
  const home = workspace.path("home");
  await Deno.mkdir(home);
  await using demo = new Child({
    name: "the demonstration",
    command: [...await programCommand(), "demo"],
    cwd: workspace.folder,
    // Deno itself keeps its modules there; without this it would look for them in the home.
    env: { ...environment, DENO_DIR: await moduleFolder(), HOME: home, TMPDIR: workspace.folder },
  });
  const { code } = await demo.ended;
  assert.equal(code, 0, demo.tail());
  await demo.line((line) =>
    line.includes("Subject: Alice Adams invited you to the room “Plans for 2027”")
  );
});

thoroughTest("SIGINT ends the demonstration cleanly, whenever it comes", async () => {
  await using workspace = await makeWorkspace();
  for (const moment of ["The service listens", "It pushes the invite", "See the emails"]) {
    await using demo = new Child({
      name: "the demonstration",
      command: [...await programCommand(), "demo", "--keep"],
      cwd: workspace.folder,
      env: { ...programEnvironment(), TMPDIR: workspace.folder },
    });
    await demo.line((line) => line.startsWith(moment));
    const { code } = await demo.stop("SIGINT");
    assert.equal(code, 0, demo.tail());
    assert.doesNotMatch(demo.tail(), /Unexpected|rror/);
  }
});

async function moduleFolder(): Promise<string> {
  const { output } = await runToEnd([Deno.execPath(), "info", "--json"], {
    env: programEnvironment(),
  });
  return JSON.parse(output).denoDir;
}

thoroughTest(
  "run with all permissions, the service gives up the same ones, and a mail leaves",
  async () => {
    await using sink = await startSmtpSink();
    await using workspace = await makeWorkspace({ [`${SMTP}.port`]: sink.port });
    const main = new URL("../../main.ts", import.meta.url).pathname;
    await using service = new Child({
      name: "the program",
      command: [Deno.execPath(), "run", "--no-prompt", "-A", main, "serve", "-v"],
      cwd: workspace.folder,
      env: programEnvironment(),
    });
    await service.line((line) => logEvent(line)?.event === "permissions given up");
    await service.line((line) => logEvent(line)?.event === "listening");
    await push(workspace);
    await service.line((line) => logEvent(line)?.event === "mail sent");
    assert.equal((await service.stop()).code, 0, service.tail());
  },
);
