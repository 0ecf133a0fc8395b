import assert from "node:assert/strict";
import { join } from "node:path";
import { checkRegistration } from "../../../src/config/registration/compare.ts";
import { updateRegistrationFile } from "../../../src/config/registration/file.ts";
import { generateRegistration } from "../../../src/config/registration/generate.ts";
import { parseRegistration } from "../../../src/config/registration/parse.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { systemRandom } from "../../../src/system/random.ts";
import { WANTED } from "./wanted.ts";

const GENERATED = generateRegistration(WANTED, systemRandom);

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Writes a file that only its owner and group may read. */
function write(path: string, text: string): Promise<void> {
  return Deno.writeTextFile(path, text, { mode: 0o640 });
}

async function inode(path: string): Promise<number | null> {
  return (await Deno.lstat(path)).ino;
}

async function names(path: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
}

Deno.test("a missing file is created, readable only by its owner and group", async () => {
  await using temp = await folder();
  const path = join(temp.path, "registration.yaml");
  assert.deepEqual(await updateRegistrationFile(path, WANTED, systemRandom), { kind: "written" });
  assert.equal(await Deno.readTextFile(path), GENERATED);
  assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o640);
  assert.deepEqual(await names(temp.path), ["registration.yaml"]);
});

Deno.test("a file that is up to date is not written again", async () => {
  await using temp = await folder();
  const path = join(temp.path, "registration.yaml");
  await write(path, GENERATED);
  const before = await inode(path);
  const update = await updateRegistrationFile(path, WANTED, systemRandom);
  assert.deepEqual(update, { kind: "unchanged", problems: [] });
  assert.equal(await inode(path), before);
});

Deno.test("only the keys that differ are updated", async () => {
  await using temp = await folder();
  const path = join(temp.path, "registration.yaml");
  const old = `# ours, do not touch
id: appservice-mxisd # as in homeserver.yaml
url: http://127.0.0.1:9999 # the tunnel
as_token: as-token-0123456789
hs_token: 'hs-token-0123456789'
sender_localpart: old
org.example.extension: 1
namespaces:
  users:
    - regex: '@*:example.org'
      exclusive: true
  aliases: [] # none
  rooms: []
`;
  await Deno.writeTextFile(path, old);
  await Deno.chmod(path, 0o600);
  const update = await updateRegistrationFile(path, WANTED, systemRandom);
  assert.ok(update.kind === "updated");
  assert.deepEqual(update.keys, ["url", "sender_localpart", "namespaces.users"]);
  assert.deepEqual(update.problems.map(({ severity, key }) => `${severity} ${key}`), [
    "notice org.example.extension",
  ]);
  const expected = old.replace("http://127.0.0.1:9999", "'http://127.0.0.1:8090'")
    .replace("localpart: old", "localpart: 'mxisd'")
    .replace("@*:example.org", () => "^@.*:example\\.org$")
    .replace("exclusive: true", "exclusive: false");
  assert.equal(await Deno.readTextFile(path), expected);
  assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  assert.deepEqual(await names(temp.path), ["registration.yaml"]);
  const again = await updateRegistrationFile(path, WANTED, systemRandom);
  assert.equal(again.kind, "unchanged");
});

Deno.test("the registration of the old documentation is repaired", async () => {
  await using temp = await folder();
  const path = join(temp.path, "registration.yaml");
  await write(
    path,
    `id: "appservice-mxisd"
url: "http://127.0.0.1:8090"
as_token: "as-token-0123456789"
hs_token: "hs-token-0123456789"
sender_localpart: "appservice-mxisd"
namespaces:
  users:
    - regex: "@*"
      exclusive: false
      group_id: +users:example.org
  aliases: []
  rooms: []
`,
  );
  const wanted = { ...WANTED, senderLocalpart: "appservice-mxisd" };
  const update = await updateRegistrationFile(path, wanted, systemRandom);
  assert.deepEqual(update, { kind: "updated", keys: ["namespaces.users"], problems: [] });
  const read = parseRegistration(await Deno.readTextFile(path));
  assert.ok(read.kind === "read");
  assert.deepEqual(checkRegistration(read.registration, wanted), []);
});

Deno.test("a file that all users may read is a warning", async () => {
  await using temp = await folder();
  const path = join(temp.path, "registration.yaml");
  for (const text of [GENERATED, GENERATED.replace(":8090", ":9999")]) {
    await write(path, text);
    await Deno.chmod(path, 0o644);
    const update = await updateRegistrationFile(path, WANTED, systemRandom);
    assert.ok(update.kind === "unchanged" || update.kind === "updated");
    assert.deepEqual(update.problems.map(({ severity }) => severity), ["warning"]);
    assert.match(update.problems[0]?.message ?? "", /^all users of this machine can read/);
  }
});

Deno.test("a narrower choice of users is kept", async () => {
  await using temp = await folder();
  const path = join(temp.path, "registration.yaml");
  const text = GENERATED.replace("^@.*:", "^@[a-m].*:");
  await write(path, text);
  const update = await updateRegistrationFile(path, WANTED, systemRandom);
  assert.equal(update.kind, "unchanged");
  assert.equal(await Deno.readTextFile(path), text);
});

Deno.test("a file that is broken, or has other tokens or another ID, is never changed", async () => {
  await using temp = await folder();
  const path = join(temp.path, "registration.yaml");
  for (
    const [text, key] of [
      [GENERATED.replace("as-token", "other"), "as_token"],
      [GENERATED.replace("hs-token", "other"), "hs_token"],
      [GENERATED.replace("id: 'appservice-mxisd'", "id: telegram"), "id"],
      [GENERATED.replace(/^hs_token.*\n/m, ""), "hs_token"],
      ["just a note\n", ""],
    ] as const
  ) {
    const stale = text.replace(":8090", ":9999");
    await Deno.writeTextFile(path, stale);
    const update = await updateRegistrationFile(path, WANTED, systemRandom);
    assert.ok(update.kind === "refused");
    assert.deepEqual(update.problems.map((problem) => problem.key), [key]);
    assert.equal(await Deno.readTextFile(path), stale);
  }
});

Deno.test("a value that cannot be changed without guessing is refused", async () => {
  await using temp = await folder();
  const path = join(temp.path, "registration.yaml");
  // The token is an alias of the value that would be changed.
  const text = GENERATED.replace("url: 'http://127.0.0.1:8090'", "url: &a 'http://old.example'")
    .replace("'as-token-0123456789'", "*a");
  await write(path, text);
  const wanted = { ...WANTED, asToken: new Secret("http://old.example") };
  const update = await updateRegistrationFile(path, wanted, systemRandom);
  assert.equal(update.kind, "refused");
  assert.equal(await Deno.readTextFile(path), text);
});

Deno.test("nothing is written that a homeserver would refuse", async () => {
  await using temp = await folder();
  const path = join(temp.path, "registration.yaml");
  const update = await updateRegistrationFile(path, { ...WANTED, id: "a|b" }, systemRandom);
  assert.ok(update.kind === "refused");
  assert.deepEqual(update.problems.map(({ key }) => key), ["id"]);
  assert.deepEqual(await names(temp.path), []);
});

Deno.test("a symbolic link is kept, and its target is updated", async () => {
  await using temp = await folder();
  const real = join(temp.path, "real");
  await Deno.mkdir(real);
  await Deno.writeTextFile(join(real, "file.yaml"), GENERATED.replace(":8090", ":9999"));
  const path = join(temp.path, "registration.yaml");
  await Deno.symlink(join("real", "file.yaml"), path);
  const update = await updateRegistrationFile(path, WANTED, systemRandom);
  assert.equal(update.kind, "updated");
  assert.ok((await Deno.lstat(path)).isSymlink);
  assert.equal(await Deno.readTextFile(join(real, "file.yaml")), GENERATED);
  assert.deepEqual(await names(real), ["file.yaml"]);
});

Deno.test("nothing is written through a link that leads nowhere", async () => {
  await using temp = await folder();
  const path = join(temp.path, "registration.yaml");
  await Deno.symlink(join(temp.path, "elsewhere.yaml"), path);
  const update = await updateRegistrationFile(path, WANTED, systemRandom);
  const reason = "cannot be read: it is a symbolic link that leads nowhere";
  assert.deepEqual(update, { kind: "failed", reason, keys: [] });
  assert.deepEqual(await names(temp.path), ["registration.yaml"]);
});

Deno.test("a folder, a missing folder and a huge file are results, not exceptions", async () => {
  await using temp = await folder();
  const update = (path: string) => updateRegistrationFile(path, WANTED, systemRandom);
  const isFolder = { kind: "failed", reason: "cannot be read: it is a folder", keys: [] };
  assert.deepEqual(await update(temp.path), isFolder);
  const missing = await update(join(temp.path, "none", "registration.yaml"));
  assert.ok(missing.kind === "failed");
  assert.match(missing.reason, /^cannot be written: its folder does not exist: create it/);
  const huge = join(temp.path, "huge.yaml");
  await Deno.writeTextFile(huge, "#".repeat((1 << 20) + 1));
  const isHuge = { kind: "failed", reason: "cannot be read: it is larger than 1 MiB", keys: [] };
  assert.deepEqual(await update(huge), isHuge);
});
