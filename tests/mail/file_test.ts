import assert from "node:assert/strict";
import { join } from "node:path";
import PostalMime from "postal-mime";
import { openFileTransport } from "../../src/mail/file.ts";
import { testMailTransport } from "../contracts/mail_transport.ts";
import { address, message } from "../fakes/mail/messages.ts";

interface Folder extends AsyncDisposable {
  readonly path: string;
}

async function tempFolder(): Promise<Folder> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function names(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  return entries.map(({ name }) => name).sort();
}

testMailTransport({
  name: "file",
  async open() {
    const folder = await tempFolder();
    const path = join(folder.path, "mails");
    const transport = openFileTransport({ folder: path });
    return {
      transport,
      arrived: async () => (await names(path)).length,
      async [Symbol.asyncDispose]() {
        await transport[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  },
});

Deno.test("a mail becomes a file named after its time and Message-ID, for its owner alone", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "deep", "mails");
  await using transport = openFileTransport({ folder: path });
  const receipt = await transport.send(message());
  const [name = ""] = await names(path);
  assert.match(name, /^2026-07-01T083005Z-3f2a9c-[0-9a-f]{16}\.eml$/);
  assert.deepEqual(receipt, { kind: "accepted", response: `written as ${name}` });
  const file = join(path, name);
  if (Deno.build.os !== "windows") {
    assert.equal(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o700);
  }
  const email = await PostalMime.parse(await Deno.readFile(file));
  assert.equal(email.subject, "Alice invites you");
  assert.equal(email.messageId, "<3f2a9c@example.org>");
});

Deno.test("the same mail written again, at another time, is one file, the newer", async () => {
  await using folder = await tempFolder();
  await using transport = openFileTransport({ folder: folder.path });
  await transport.send(message());
  const later = { date: Date.UTC(2026, 6, 2), headers: { "X-Attempt": "2" } };
  await Promise.all([transport.send(message(later)), transport.send(message(later))]);
  const files = await names(folder.path);
  assert.equal(files.length, 1);
  assert.match(await Deno.readTextFile(join(folder.path, files[0] ?? "")), /^X-Attempt: 2\r$/m);
});

Deno.test("Message-IDs that look alike as file names are different files, all in the folder", async () => {
  await using folder = await tempFolder();
  await using transport = openFileTransport({ folder: join(folder.path, "mails") });
  for (const id of ["<../../x@y>", "<x@y>", "<X@y>", "<x@z>", `<${"l".repeat(200)}@y>`, "<.@y>"]) {
    assert.equal((await transport.send(message({ messageId: id }))).kind, "accepted", id);
  }
  const files = await names(join(folder.path, "mails"));
  assert.equal(files.length, 6);
  assert(files.every((name) => /^[0-9TZ-]+[A-Za-z0-9]*-[0-9a-f]{16}\.eml$/.test(name)));
  assert.deepEqual(await names(folder.path), ["mails"]);
});

Deno.test("somebody's link in the folder is not written through", async () => {
  await using folder = await tempFolder();
  const mails = join(folder.path, "mails");
  const precious = join(folder.path, "precious");
  await Deno.writeTextFile(precious, "precious");
  await using transport = openFileTransport({ folder: mails });
  await transport.send(message());
  const [name = ""] = await names(mails);
  await Deno.remove(join(mails, name));
  await Deno.symlink(precious, join(mails, name));
  await Deno.symlink(precious, join(mails, `.${name}.${Deno.pid}.tmp`));
  assert.equal((await transport.send(message())).kind, "accepted");
  assert.equal(await Deno.readTextFile(precious), "precious");
});

Deno.test("a folder that cannot be written to defers the mail, without its content in the reason", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "a file");
  await Deno.writeTextFile(file, "");
  await using transport = openFileTransport({ folder: file });
  const receipt = await transport.send(message());
  assert(receipt.kind === "deferred");
  assert.deepEqual([receipt.stage, receipt.fault], ["data", "ours"]);
  assert.equal(
    receipt.reason,
    "the folder for emails cannot be written to: there is already a file of this name",
  );
  assert.equal((await transport.check())?.stage, "data");
});

Deno.test("a mail that cannot be composed is not written", async () => {
  await using folder = await tempFolder();
  await using transport = openFileTransport({ folder: folder.path });
  const receipt = await transport.send(message({ to: { name: "", address: address("a@b\r\nc") } }));
  assert(receipt.kind === "deferred");
  assert.deepEqual([receipt.stage, receipt.fault], ["compose", "ours"]);
  assert.deepEqual(await names(folder.path), []);
});
