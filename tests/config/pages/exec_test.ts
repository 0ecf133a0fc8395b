import assert from "node:assert/strict";
import { userOf } from "../../contracts/identity_store.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { openPage } from "./page.ts";

const BOB = userOf("bob");
const PROFILE = profileWith({
  addresses: ["bob@example.org"],
  displayName: "Bob",
  roles: ["staff"],
  state: "active",
});

const ANSWER = JSON.stringify({
  profile: {
    display_name: "Bob",
    threepids: [{ medium: "email", address: "bob@example.org" }],
    roles: ["staff"],
  },
});

/** A script for the shell, which answers about Bob when the condition holds, else with `failure`. */
async function withScript(
  condition: string,
  body: (command: string) => Promise<void>,
  { success = 0, failure = 1 } = {},
) {
  const folder = await Deno.makeTempDir();
  try {
    const text = `#!/bin/sh\n${condition} || exit ${failure}\necho '${ANSWER}'\nexit ${success}\n`;
    await Deno.writeTextFile(`${folder}/person`, text, { mode: 0o755 });
    await body(`${folder}/person`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const part = (lines: string) => lines.replace(/^/gm, "      ");
const profileOf = (lines: string) =>
  `  profile:
    enabled: true
    displayName:
${part(lines)}
    threePid:
${part(lines)}
    role:
${part(lines)}
`;

Deno.test("mxisd's page on programs: the basic example, with plain input", async () => {
  await withScript('[ "$* $DOMAIN $(cat)" = "bob example.org bob" ]', async (command) => {
    await using page = await openPage(`exec:
  enabled: true
  auth:
    enabled: true
    command: '/opt/example/auth.sh'
    args: ['{localpart}']
    input:
      type: 'plain'
      template: '{password}'
  env:
    DOMAIN: '{domain}'
${
      profileOf(`command: '${command}'
args: ['{localpart}']
input:
  type: 'plain'
  template: '{localpart}'
env:
  DOMAIN: '{domain}'`)
    }`);
    assert.deepEqual(await page.people.findProfile(BOB), PROFILE);
    assert.equal(await page.people.findProfile(userOf("mallory")), undefined);
    assert.equal(page.ignored, "exec.auth, exec.env");
    assert.deepEqual(page.warnings, []);
  });
});

Deno.test("mxisd's page on programs: the advanced example, with tokens and exit codes", async () => {
  const condition = '[ "$*" = "-u bob" ] && [ "$MATRIX_DOMAIN $MATRIX_USER_ID" = ' +
    `"example.org ${BOB}" ]`;
  await withScript(condition, async (command) => {
    await using page = await openPage(`exec:
  enabled: true
  token:
    mxid: '{matrixId}'
  auth:
    token:
      localpart: '{username}'
    command: '/opt/example/auth.sh'
${
      profileOf(`token:
  localpart: '{username}'
command: '${command}'
args:
  - '-u'
  - '{username}'
env:
  MATRIX_DOMAIN: '{domain}'
  MATRIX_USER_ID: '{matrixId}'
output:
  type: 'json'
exit:
  success:
    - 0
    - 128
  failure:
    - 1
    - 129`)
    }`);
    assert.deepEqual(await page.people.findProfile(BOB), PROFILE);
    assert.equal(await page.people.findProfile(userOf("mallory")), undefined);
  }, { success: 128, failure: 129 });
});

const PLAIN = `[ "$(cat)" = "bob\nexample.org\n${BOB}" ]`;
const JSON_INPUT = `grep -q '"localpart":"bob"'`;

for (const [type, condition] of [["plain", PLAIN], ["json", JSON_INPUT]] as const) {
  Deno.test(`mxisd's page on programs: the usual input, ${type}`, async () => {
    await withScript(condition, async (command) => {
      await using page = await openPage(`exec:
  enabled: true
${profileOf(`command: '${command}'\ninput: { type: '${type}' }`)}`);
      assert.deepEqual(await page.people.findProfile(BOB), PROFILE);
      assert.equal(await page.people.findProfile(userOf("mallory")), undefined);
    });
  });
}

Deno.test("mxisd's page on programs: all tokens, and the other features", async () => {
  await withScript('[ "$1" = "bob" ]', async (command) => {
    await using page = await openPage(`exec:
  enabled: true
  token:
    localpart: '{localpart}'
    domain: '{domain}'
    mxid: '{mxid}'
    medium: '{medium}'
    address: '{address}'
    type: '{type}'
    query: '{query}'
    password: '{password}'
  directory:
    enabled: true
    search:
      byName: { command: '/opt/example/search.sh' }
      byThreepid: { command: '/opt/example/search.sh' }
  identity:
    enabled: true
    lookup:
      single: { command: '/opt/example/lookup.sh' }
      bulk: { command: '/opt/example/lookup.sh' }
${profileOf(`command: '${command}'\nargs: ['{localpart}']`)}
exec.identity.enabled: true
exec.identity.lookup.single:
  command: '/opt/example/lookup.sh'
`);
    assert.deepEqual(await page.people.findProfile(BOB), PROFILE);
    assert.deepEqual(page.warnings, []);
    assert.match(
      page.ignored,
      /^exec\.directory, exec\.identity, .*exec\.identity\.lookup\.single$/,
    );
  });
});
