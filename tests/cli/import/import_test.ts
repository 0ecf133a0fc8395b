import assert from "node:assert/strict";
import { join } from "node:path";
import { assertGolden } from "../../render/golden.ts";
import { type ProgramResult, run } from "../command_line.ts";

const FIXTURES = new URL("../../config/fixtures/", import.meta.url).pathname;
const NOW = Date.UTC(2027, 0, 1, 9);

/** A folder with an old configuration in it. */
async function openFolder(files: Readonly<Record<string, string>> = {}) {
  const folder = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(folder, name), text);
  }
  return {
    path: (name: string) => join(folder, name),
    importing: (file: string, ...more: readonly string[]): Promise<ProgramResult> =>
      run(["config", "import", join(folder, file), "--output", join(folder, "new"), ...more], {
        now: NOW,
        cwd: folder,
      }),
    read: (name: string) => Deno.readTextFile(join(folder, name)),
    async all(below = ""): Promise<string[]> {
      const names: string[] = [];
      for await (const { name } of Deno.readDir(join(folder, below))) names.push(name);
      return names.sort();
    },
    normalise: (text: string) =>
      text.replaceAll(folder, "/FOLDER").replace(/(_token: ')[\w-]{43,}'/g, "$1NEW'"),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const OLD: Readonly<Record<string, readonly string[]>> = {
  "mxisd-1.2": ["ThePassword", "HS_TOKEN_CHANGE_ME"],
  "mxisd-1.4": ["smtpPassword", "ExampleTokenToHS", "ExampleTokenToAS"],
  "ma1sd-playbook": ["aintNoSecret", "0123456"],
};

for (const [name, secrets] of Object.entries(OLD)) {
  Deno.test(`config import tells what becomes of each key, and writes the files: ${name}`, async () => {
    await using folder = await openFolder({
      [`${name}.yaml`]: await Deno.readTextFile(`${FIXTURES}${name}.yaml`),
      "mxid-template.eml": await Deno.readTextFile(`${FIXTURES}mxid-template.eml`),
    });
    const { code, out, err } = await folder.importing(`${name}.yaml`);
    assert.deepEqual([code, err], [0, ""]);
    for (const secret of secrets) assert.ok(!out.includes(secret), secret);
    await assertGolden(`import/${name}.txt`, folder.normalise(out));
    for (const file of ["mxisd.yaml", "registration.yaml"]) {
      await assertGolden(
        `import/${name}.${file}`,
        folder.normalise(await folder.read(`new/${file}`)),
      );
      assert.equal(((await Deno.stat(folder.path(`new/${file}`))).mode ?? 0) & 0o777, 0o600);
    }
    // The service's user and the homeserver's enter the folder.
    assert.equal(((await Deno.stat(folder.path("new"))).mode ?? 0) & 0o777, 0o755 & ~Deno.umask());
    const check = await run(["config", "check", "-c", folder.path("new/mxisd.yaml")]);
    assert.equal(check.code, 0, check.err);
    const registration = folder.path("new/registration.yaml");
    const same = await run([
      ...["register", "-c", folder.path("new/mxisd.yaml"), "--output", registration],
    ]);
    assert.equal(same.code, 0, same.err);
  });
}

const MINIMAL = `matrix: { domain: example.org }
memory: { enabled: true }
threepid: { medium: { email: { identity: { from: a@example.org }, connector: none } } }
`;

Deno.test("config import overwrites nothing, and leaves nothing when it cannot write all", async () => {
  for (const taken of ["mxisd.yaml", "registration.yaml"]) {
    await using folder = await openFolder({ "old.yaml": MINIMAL });
    await Deno.mkdir(folder.path("new"));
    await Deno.writeTextFile(folder.path(`new/${taken}`), "mine");
    const { code, out, err } = await folder.importing("old.yaml");
    assert.deepEqual([code, out], [4, ""]);
    assert.match(
      err,
      new RegExp(`new/${taken}" cannot be written: it exists already.*\nNothing was`),
    );
    assert.equal(await folder.read(`new/${taken}`), "mine");
    assert.deepEqual(await folder.all("new"), [taken]);
  }
  await using folder = await openFolder({ "old.yaml": MINIMAL, "new": "a file" });
  const { code, err } = await folder.importing("old.yaml");
  assert.equal(code, 4);
  assert.match(err, /cannot be written/);
});

Deno.test("config import a second time changes nothing", async () => {
  await using folder = await openFolder({ "old.yaml": MINIMAL });
  assert.equal((await folder.importing("old.yaml")).code, 0);
  const before = await folder.read("new/registration.yaml");
  const { code, err } = await folder.importing("old.yaml");
  assert.equal(code, 4);
  assert.match(err, /exists already/);
  assert.equal(await folder.read("new/registration.yaml"), before);
});

Deno.test("config import writes no file where the old one cannot be used", async () => {
  await using folder = await openFolder({
    "twice.yaml": "ldap: {}\nldap: {}\n",
    "empty.yaml": "",
    "domain.yaml": "matrix: { domain: ' ' }\n",
    "old.yaml": MINIMAL,
  });
  const before = await folder.all();
  for (
    const args of [["twice.yaml"], ["empty.yaml"], ["missing.yaml"], ["domain.yaml"], [
      "old.yaml",
      "--registration",
      "missing.yaml",
    ], ["old.yaml", "--registration", "empty.yaml"]] as const
  ) {
    const [file, ...more] = args;
    const { code, out, err } = await folder.importing(file, ...more);
    assert.deepEqual([code, out], [3, ""], `${args}: ${err}`);
    assert.match(err, /.+\nNothing was written\.\n$/);
  }
  assert.deepEqual(await folder.all(), before);
});

Deno.test("config import writes what needs a decision as a comment, and ends with 1", async () => {
  await using folder = await openFolder({
    "old.yaml": "matrix: { domain: example.org }\nmemory: { enabled: true }\n",
  });
  const { code, out } = await folder.importing("old.yaml");
  assert.equal(code, 1);
  assert.match(out, /To decide:\n.*new\/mxisd\.yaml:\d+:\d+: threepid/);
  assert.match(await folder.read("new/mxisd.yaml"), /# Decide: threepid\.medium\.email/);
});

Deno.test("config import takes the tokens of the registration that the homeserver has", async () => {
  await using folder = await openFolder({
    "old.yaml": MINIMAL + "appsvc: { endpoint: { toHS: { url: http://localhost:8008 } } }\n",
    "theirs.yaml": `id: appservice-mxisd
url: http://localhost:8090
as_token: as-0123456789-0123
hs_token: hs-0123456789-0123
sender_localpart: appservice-mxisd
group_id: "+us:example.org"
namespaces: { users: [{ regex: "@*:example.org", exclusive: false }], aliases: [], rooms: [] }
`,
  });
  const { code, out } = await folder.importing("old.yaml", "--registration", "theirs.yaml");
  assert.equal(code, 0, out);
  assert.match(
    out,
    /Wrong in the old registration.*\n.*theirs\.yaml:6:1: .*group_id: .*\n.*users\[0\]/,
  );
  assert.match(out, /the tokens are the same/);
  const registration = await folder.read("new/registration.yaml");
  assert.match(registration, /as-0123456789-0123[^]*hs-0123456789-0123[^]*appservice-mxisd/);
  assert.match(registration, /\^@\.\*:example\\\.org\$/);
});

Deno.test("config import with tokens that differ from the registration's says which", async () => {
  await using folder = await openFolder({
    "old.yaml": MINIMAL + "appsvc: { endpoint: { toAS: { token: another-0123456789 } } }\n",
    "theirs.yaml": "id: appservice-mxisd\nurl: http://a\nas_token: as-0123456789-0123\n" +
      "hs_token: hs-0123456789-0123\nsender_localpart: a\n" +
      "namespaces: { users: [], aliases: [], rooms: [] }\n",
  });
  const { code, err } = await folder.importing("old.yaml", "--registration", "theirs.yaml");
  assert.equal(code, 3);
  assert.match(err, /hs_token: differs/);
  assert.ok(!err.includes("0123456789"));
});

Deno.test("config import compares the email of one's own template with the built-in one", async () => {
  await using folder = await openFolder({
    "old.yaml": MINIMAL.replace(
      "connector: none",
      "connector: none, generators: { template: { generic: { matrixId: my.eml } } }",
    ),
    "my.eml": "Subject: Mine, %ROOM_NAME%\n\nCome to %ROOM_NAME%\n",
  });
  const { code, out, err } = await folder.importing("old.yaml");
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /Before and now.*\| Without.*\n.*\nSubject: Mine, Plans +\| Subject: Alice/);
  assert.match(await folder.read("new/mails/old.eml"), /^Subject: Mine, Plans/m);
  assert.match(await folder.read("new/mails/new.html"), /Plans/);
  assert.equal(await folder.read("new/templates/my.eml"), await folder.read("my.eml"));
});

Deno.test("config import of a broken template writes the files and says what is wrong", async () => {
  await using folder = await openFolder({
    "old.yaml": MINIMAL.replace(
      "connector: none",
      "connector: none, generators: { template: { generic: { matrixId: my.eml } } }",
    ),
    "my.eml": "To: nobody\n\nHello\n",
  });
  const { code, err } = await folder.importing("old.yaml");
  assert.equal(code, 1);
  assert.match(err, /my\.eml:\d+: /);
});
