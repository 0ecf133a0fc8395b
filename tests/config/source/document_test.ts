import assert from "node:assert/strict";
import { IS_THOROUGH } from "../../thorough.ts";
import { messagesFor } from "../configuration.ts";

Deno.test("each duplicate of a section is reported with the line of the first one", async () => {
  const messages = await messagesFor("tls: {}\nserver: {}\ntls: {}\ntls: {}");
  assert.deepEqual(messages, [
    "mxisd.yaml:3:1: tls: is also in line 1: mxisd used only one of the two, merge them",
    "mxisd.yaml:4:1: tls: is also in line 1: mxisd used only one of the two, merge them",
  ]);
});

Deno.test("aliases that multiply are refused before they fill the memory", async () => {
  const levels = Array.from(
    { length: 12 },
    (_, level) => `k${level}: &a${level} [${`*a${level - 1},`.repeat(10)}]`,
  );
  const messages = await messagesFor(`k: &a-1 [x, x]\n${levels.join("\n")}`);
  assert.equal(messages.filter((message) => message.includes("too many")).length, 1);
});

Deno.test("an anchor without an alias is reported as a value that begins with &", async () => {
  const messages = await messagesFor("tls: { ca: &name }\nserver: { name: &host a.example }");
  assert.deepEqual(messages.map((message) => message.split(": ").slice(0, 2).join(" ")), [
    "mxisd.yaml:1:18 tls.ca",
    "mxisd.yaml:2:23 server.name",
  ]);
  const named = await messagesFor("notify: { except: [&bots '@bot-*', *bots] }");
  assert.deepEqual(named, []);
});

Deno.test("an alias or a merge that contains itself is refused", async () => {
  assert.match((await messagesFor("tls: &a [*a]")).join(), /contains itself/);
  assert.match((await messagesFor("tls: &a { <<: *a }")).join(), /"<<" expects a section/);
  assert.match((await messagesFor("tls: { <<: text }")).join(), /"<<" expects a section/);
});

Deno.test("the keys of a section take precedence over merged ones", async () => {
  const text = `server: &one { port: 70000, name: bad name }
tls: { <<: [*one], port: 3 }`;
  const messages = await messagesFor(text);
  // The merged keys are reported where they were written.
  assert.deepEqual(messages.map((message) => message.split(": ").slice(0, 2).join(" ")), [
    "mxisd.yaml:1:16 server.port",
    "mxisd.yaml:1:29 server.name",
    "mxisd.yaml:1:29 tls.name",
    "mxisd.yaml:2:20 tls.port",
  ]);
});

Deno.test("keys that are not text are refused", async () => {
  assert.match((await messagesFor("? [a, b]\n: c")).join(), /mxisd.yaml:1:3: expected a key here/);
  assert.match((await messagesFor("__proto__: { polluted: true }")).join(), /expected a key here/);
  assert.match((await messagesFor("{{ matrix_domain }}: x")).join(), /expected a key here/);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

Deno.test("keys that all objects inherit are unknown keys", async () => {
  for (const key of ["constructor", "toString", "hasOwnProperty"]) {
    assert.match((await messagesFor(`${key}: {}\nserver: { ${key}: 1 }`)).join(), /is unknown/);
  }
});

Deno.test("endless brackets are one problem, not an exception", async () => {
  const messages = await messagesFor("tls: " + "[".repeat(IS_THOROUGH ? 200_000 : 20_000));
  assert.ok(messages.length > 0 && messages.length < 5, messages.join("\n"));
});

Deno.test("a YAML error never repeats the text, which may be a password", async () => {
  const mistakes = [
    'password: "sesame"open',
    "password: @sesame",
    "password: *sesame",
    "password: !sesame open",
    "password: &sesame &open x",
    "tls: { ca: &sesame open }",
    "tls: { ca: &sesame }",
    'password: "\\sesame"',
    "password: 'sesame",
    "- password: {sesame",
    "%sesame open",
    "password: sesame: open",
    "password: |sesame",
    "password: [sesame}",
  ];
  for (const mistake of mistakes) {
    const messages = await messagesFor(mistake);
    assert.ok(messages.length > 0, mistake);
    assert.doesNotMatch(messages.join("\n"), /sesame/, mistake);
  }
});

Deno.test("control characters are escaped", async () => {
  const messages = await messagesFor('"\\e[2Jkey\\u202e": 1\nserver: { name: "\\e]0;title\\a" }');
  assert.doesNotMatch(messages.join(""), /[\p{Cc}\p{Cf}]/u);
  assert.match(messages.join(), /\\u\{1b\}\[2Jkey\\u\{202e\}/);
});

Deno.test("a value after # that was meant as text is a warning; comments and empty sections are not", async () => {
  const [warning, ...others] = await messagesFor("notify:\n  redirectTo: #hunter2\n");
  assert.equal(
    warning,
    "mxisd.yaml:2:15: warning: notify.redirectTo: is empty, because # begins a comment: " +
      "put the value in quotes",
  );
  assert.deepEqual(others, []);
  const fine =
    "notify: # whom to tell\n  delay: 10s #soon\n  only: #\ntls:\n  #ca: a.pem\nlogging: #\n";
  assert.deepEqual(await messagesFor(fine), []);
});
