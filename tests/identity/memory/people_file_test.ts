import assert from "node:assert/strict";
import { memorySection, openMemoryStore } from "../../../src/identity/memory/store.ts";
import { StoreError } from "../../../src/identity/port.ts";
import { DOMAIN, type Person, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";

function asCsv(people: readonly Person[]): string {
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = people.map(({ localpart, addresses, displayName }) => {
    return [addresses.join("; "), localpart, displayName ?? ""].map(quote).join(",");
  });
  return ["email,username,displayName", ...lines, ""].join("\r\n");
}

function asYaml(people: readonly Person[]): string {
  return JSON.stringify(people.map(({ localpart, addresses, displayName }) => ({
    username: localpart,
    threepids: addresses.map((address) => ({ medium: "email", address })),
    ...(displayName === undefined ? {} : { displayName }),
  })));
}

/** A store with its file; `now` is when the clock stands. */
async function makeStore(name: string, text: string, now?: number) {
  const folder = await Deno.makeTempDir({ prefix: "appservice-mxisd-people-" });
  const file = `${folder}/${name}`;
  await Deno.writeTextFile(file, text);
  const section = memorySection.parse({ enabled: true, file });
  const store = openMemoryStore(section, { domain: DOMAIN, clock: new ManualClock(now) });
  return {
    store,
    file,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

for (const [name, write] of [["people.csv", asCsv], ["people.yaml", asYaml]] as const) {
  testIdentityStore({
    name: `memory with ${name}`,
    severalEntries: true,
    faults: ["down"],
    async open(people) {
      const made = await makeStore(name, write(people));
      return {
        ...made,
        down: () => Deno.rename(made.file, `${made.file}.away`),
        up: () => Deno.rename(`${made.file}.away`, made.file),
      };
    },
  });
}

const BOB = userOf("bob");
const FULL = profileWith({
  id: "@bob:example.org",
  addresses: ["b@example.org", "c@example.org"],
  displayName: "Bob, the Builder",
  language: "de-AT",
  roles: ["staff", "0123"],
  state: "active",
});

Deno.test("memory: a line of a CSV file with all columns is read", async () => {
  await using made = await makeStore(
    "people.CSV",
    "\uFEFFlanguage,username,displayName,roles,email\n" +
      'de_at,bob,"Bob, the Builder",staff;0123,b@example.org;c@example.org\n',
  );
  assert.deepEqual(await made.store.findProfile(BOB), FULL);
});

Deno.test("memory: a YAML file may have the list below identities", async () => {
  const list = `- username: bob
  displayName: Bob, the Builder
  language: de_at
  roles: [staff, 0123]
  threepids:
    - { medium: email, address: b@example.org }
    - { medium: msisdn, address: 0123 }
    - { medium: email, address: c@example.org }
`;
  for (const text of [list, `identities:\n${list.replace(/^/gm, "  ")}`]) {
    await using made = await makeStore("people.yml", text);
    assert.deepEqual(await made.store.findProfile(BOB), FULL);
  }
});

Deno.test("memory: an empty file has no people", async () => {
  for (const [name, text] of [["a.yaml", ""], ["a.yaml", "# nobody\n"], ["a.csv", "username\n"]]) {
    await using made = await makeStore(name ?? "", text ?? "");
    assert.equal(await made.store.findProfile(BOB), undefined);
    await made.store.check();
  }
});

Deno.test("memory: the configuration's people come before those of the file", async () => {
  await using made = await makeStore("people.csv", "username,email\nbob,file@example.org\n");
  const identities = [{
    username: "bob",
    threepids: [{ medium: "email", address: "here@example.org" }],
  }];
  const section = memorySection.parse({ enabled: true, file: made.file, identities });
  const store = openMemoryStore(section, { domain: DOMAIN, clock: new ManualClock() });
  const profile = await store.findProfile(BOB);
  assert.deepEqual(profile?.addresses, ["here@example.org", "file@example.org"]);
});

Deno.test("memory: a changed file is read again, also if it has the same size", async () => {
  await using made = await makeStore("people.csv", "username,email\nbob,a@example.org\n");
  const address = async () => (await made.store.findProfile(BOB))?.addresses[0];
  assert.equal(await address(), "a@example.org");
  for (const name of ["b", "c", "d"]) {
    await Deno.writeTextFile(made.file, `username,email\nbob,${name}@example.org\n`);
    assert.equal(await address(), `${name}@example.org`);
  }
  await Deno.writeTextFile(`${made.file}.new`, "username,email\nbob,e@example.org\n");
  await Deno.rename(`${made.file}.new`, made.file);
  assert.equal(await address(), "e@example.org");
});

Deno.test("memory: a file that has not changed for a while is not read again", async () => {
  const later = Date.now() + 60_000;
  await using made = await makeStore("people.csv", "username,email\nbob,a@example.org\n", later);
  const before = await made.store.findProfile(BOB);
  const lookups = Array.from({ length: 100 }, () => made.store.findProfile(BOB));
  for (const profile of await Promise.all(lookups)) assert.deepEqual(profile, before);
  await Deno.writeTextFile(made.file, "username,email\n");
  assert.equal(await made.store.findProfile(BOB), undefined);
});

Deno.test("memory: an error in the file has its position and no content, and can be fixed", async () => {
  const cases: [string, string, RegExp][] = [
    ["a.csv", "", /line 1: the column username is missing$/],
    ["a.csv", "email\nb@example.org\n", /line 1: the column username is missing$/],
    [
      "a.csv",
      "username;email\nbob;b@example.org\n",
      /line 1: unknown column "username;email":/,
    ],
    ["a.csv", "username,email,email\n", /the column email occurs twice$/],
    ["a.csv", "username,email\nbob\n", /line 2: expected 2 fields/],
    ["a.csv", 'username,email\nbob,"b@example.org\n', /line 2: a quotation mark is not closed$/],
    ["a.csv", "username,email\nbob,x\n,b@example.org\n", /line 3: the username is empty$/],
    ["a.csv", "username,language\nbob,german language\n", /line 2: the language is not a tag/],
    ["a.yaml", "- username: bob\n  threepids: b@example.org\n", /0\.threepids has the wrong form/],
    ["a.yaml", "- username: bob\n  mail: b@example.org\n", /cannot be used: 0 has the wrong form/],
    ["a.yaml", "- username: ''\n", /0\.username has the wrong form/],
    ["a.yaml", "identities: { bob: b@example.org }\n", /the document has the wrong form/],
    ["a.yaml", "b@example.org\n", /the document has the wrong form/],
    [
      "a.yaml",
      "- username: bob\n  username: b@example.org\n",
      /line 2, column 3 is not valid YAML$/,
    ],
    ["a.yaml", "- {username: bob\n- b@example.org", /line \d, column \d+ is not valid YAML$/],
    ["a.yaml", "- *b\n", /is not valid YAML$|expand/],
  ];
  for (const [name, text, message] of cases) {
    await using made = await makeStore(name, text);
    for (const ask of [() => made.store.findProfile(BOB), () => made.store.check()]) {
      await assert.rejects(ask, (error: unknown) => {
        assert.ok(error instanceof StoreError && error.kind === "misconfigured", text);
        assert.match(error.message, message);
        assert.ok(!Deno.inspect(error).includes("b@example.org"));
        return true;
      });
    }
    const mended = name === "a.csv" ? "username\nbob\n" : "- username: bob\n";
    await Deno.writeTextFile(made.file, mended);
    assert.ok(await made.store.findProfile(BOB));
  }
});

Deno.test("memory: a file that is not text is refused", async () => {
  await using made = await makeStore("people.csv", "");
  const fails = (message: RegExp) => ({ name: "StoreError", kind: "misconfigured", message });
  await Deno.writeFile(made.file, Uint8Array.of(0xff));
  await assert.rejects(
    made.store.check(),
    fails(/people\.csv" cannot be read: it is not UTF-8 text$/),
  );
  await Deno.truncate(made.file, 17 * 1024 * 1024);
  await assert.rejects(made.store.check(), fails(/larger than 16 MiB$/));
  await Deno.remove(made.file);
  await assert.rejects(made.store.check(), fails(/does not exist$/));
  await Deno.mkdir(made.file);
  await assert.rejects(made.store.check(), fails(/it is a folder$/));
});
