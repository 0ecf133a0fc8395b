import assert from "node:assert/strict";
import { execSection } from "../../../src/identity/exec/section.ts";
import { openExecStore } from "../../../src/identity/exec/store.ts";
import type { Invocation, ProgramResult, RunProgram } from "../../../src/system/program.ts";
import { DOMAIN, type Person, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { fails } from "../../contracts/store_error.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { assertIssues } from "../section_issues.ts";

const BOB = userOf("bob");
const SECRET = "pr0gram-s3cret";
const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C.UTF-8",
};

const ended = (code: number, stdout = ""): ProgramResult => ({
  kind: "ended",
  code,
  stdout,
  stderr: "",
});

// A program that reads {"localpart":...} and knows these people.
function knows(people: readonly Person[]): RunProgram {
  return ({ input = "" }) => {
    const question = JSON.parse(String(input));
    assert.deepEqual(question, {
      localpart: question.localpart,
      domain: DOMAIN,
      mxid: `@${question.localpart}:${DOMAIN}`,
    });
    const person = people.find(({ localpart }) => localpart === question.localpart);
    if (!person) return Promise.resolve(ended(1));
    const threepids = person.addresses.map((address) => ({ medium: "email", address }));
    const profile = { display_name: person.displayName, threepids };
    return Promise.resolve(ended(0, JSON.stringify({ profile })));
  };
}

testIdentityStore({
  name: "exec",
  severalEntries: false, // the program makes one answer of what it has
  faults: ["down", "stall"],
  async open(people, clock) {
    const command = await Deno.makeTempFile({ prefix: "appservice-mxisd-exec-" });
    await Deno.chmod(command, 0o700);
    const program = { command, input: { type: "json" }, env: { TOKEN: SECRET } };
    const section = execSection.parse({
      enabled: true,
      profile: { displayName: program, threePid: program },
    });
    let run = knows(people);
    return {
      store: openExecStore(section, { clock, run: (...given) => run(...given) }),
      secrets: [SECRET],
      async down() {
        await Deno.chmod(command, 0o600);
        run = () =>
          Promise.resolve({ kind: "notStarted", reason: "not executable", transient: false });
      },
      async up() {
        await Deno.chmod(command, 0o700);
        run = knows(people);
      },
      stall() {
        const { promise, resolve } = Promise.withResolvers<void>();
        run = (_invocation, signal) => {
          resolve();
          return new Promise((ended) => {
            signal.addEventListener("abort", () => {
              ended({ kind: "killed", signal: "SIGKILL", stderr: "" });
            });
          });
        };
        return { reached: promise };
      },
      [Symbol.asyncDispose]: () => Deno.remove(command),
    };
  },
});

function openStore(profile: object, run: RunProgram, settings: object = {}) {
  const section = execSection.parse({ enabled: true, profile, ...settings });
  return openExecStore(section, { clock: new ManualClock(), run });
}

/** What a program is run with for a user. */
async function ranWith(program: object, localpart = "bob", settings: object = {}) {
  const invocations: Invocation[] = [];
  const store = openStore({ threePid: { command: "/bin/ask", ...program } }, (invocation) => {
    invocations.push(invocation);
    return Promise.resolve(ended(1));
  }, settings);
  assert.equal(await store.findProfile(userOf(localpart)), undefined);
  assert.equal(invocations.length, 1);
  return invocations[0] as Invocation;
}

Deno.test("exec: tokens are replaced in the command, arguments, variables and input", async () => {
  const invocation = await ranWith({
    command: "/srv/{domain}/ask",
    args: ["-u", "{localpart}", "--id={mxid}", "plain"],
    env: { WHO: "<{mxid}>", FIXED: "x" },
    input: { type: "plain", template: "{localpart}|{localpart}\n" },
  });
  assert.deepEqual(invocation, {
    command: "/srv/example.org/ask",
    args: ["-u", "bob", "--id=@bob:example.org", "plain"],
    env: { ...ENVIRONMENT, WHO: "<@bob:example.org>", FIXED: "x" },
    input: "bob|bob\n",
  });
});

Deno.test("exec: the default inputs are mxisd's", async () => {
  assert.equal((await ranWith({})).input, undefined);
  const plain = await ranWith({ input: { type: "plain" } });
  assert.equal(plain.input, "bob\nexample.org\n@bob:example.org\n");
  const json = await ranWith({ input: { type: "json" } });
  assert.deepEqual(JSON.parse(String(json.input)), {
    localpart: "bob",
    domain: "example.org",
    mxid: "@bob:example.org",
  });
});

Deno.test("exec: tokens may have other names, for all programs or for one", async () => {
  const all = { token: { localpart: "%u", domain: "%d.*" } };
  const args = ["%u", "%d.*", "{localpart}", "{mxid}", "$&"];
  assert.deepEqual((await ranWith({ args }, "bob", all)).args, [
    ...["bob", "example.org", "{localpart}", "@bob:example.org", "$&"],
  ]);
  const own = { args, token: { localpart: "{localpart}" } };
  assert.equal((await ranWith(own, "bob", all)).args[2], "bob");
});

Deno.test("exec: a replaced token is neither replaced again nor read as a pattern", async () => {
  const args = ["{localpart}", "{mxid}"];
  assert.deepEqual((await ranWith({ args }, "{mxid}$&$1")).args, [
    ...["{mxid}$&$1", "@{mxid}$&$1:example.org"],
  ]);
});

Deno.test("exec: a JSON template escapes values", async () => {
  const template = '{"user":"{localpart}"}';
  const { input } = await ranWith({ input: { type: "json", template } }, '"},{"\\');
  assert.deepEqual(JSON.parse(String(input)), { user: '"},{"\\' });
});

Deno.test("exec: an ID that the program or the system would interpret is no user's, and runs nothing", async () => {
  const cases: [object, string][] = [
    [{ args: ["{localpart}"] }, "--help"],
    [{ args: ["-n", "{localpart}"] }, "-rf"],
    [{ args: ["{localpart}"] }, "bob\n"],
    [{ args: ["{localpart}"] }, "bob\0"],
    [{ env: { WHO: "{localpart}" } }, "bob\0"],
    [{ input: { type: "plain" } }, "bob\nroot"],
    [{ command: "/srv/{localpart}" }, "../bin/sh"],
    [{ command: "/srv/{localpart}" }, ".."],
    [{ command: "/srv/{localpart}/ask" }, "."],
  ];
  const runsNothing = () => {
    throw new assert.AssertionError({ message: "nothing is run" });
  };
  for (const [program, localpart] of cases) {
    const store = openStore({ threePid: { command: "/bin/ask", ...program } }, runsNothing);
    assert.equal(await store.findProfile(userOf(localpart)), undefined, localpart);
  }
  const command = openStore({ threePid: { command: "{localpart}" } }, runsNothing);
  for (const asked of [() => command.findProfile(userOf("reboot")), () => command.check()]) {
    await assert.rejects(asked(), fails("misconfigured", /must be a path/));
  }
  assert.deepEqual((await ranWith({ args: ["--", "{localpart}"] }, "--help")).args, [
    ...["--", "--help"],
  ]);
});

Deno.test("exec: each program gives its own part, and any of them the language", async () => {
  const answers: Record<string, object> = {
    "/name": { display_name: "Bob", threepids: [{ medium: "email", address: "no@example.org" }] },
    "/mail": { threepids: [{ medium: "email", address: "b@example.org" }], language: "de_at" },
    "/role": { roles: ["staff"], display_name: "no" },
  };
  const store = openStore({
    displayName: { command: "/name" },
    threePid: { command: "/mail" },
    role: { command: "/role" },
  }, ({ command }) => Promise.resolve(ended(0, JSON.stringify({ profile: answers[command] }))));
  assert.deepEqual(
    await store.findProfile(BOB),
    profileWith({
      addresses: ["b@example.org"],
      displayName: "Bob",
      roles: ["staff"],
      language: "de-AT",
      state: "active",
    }),
  );
});

Deno.test("exec: a program that is configured several times runs once a lookup", async () => {
  let runs = 0;
  const program = { command: "/bin/ask", args: ["{mxid}"] };
  const store = openStore({ displayName: program, threePid: program, role: program }, () => {
    runs++;
    return Promise.resolve(ended(0, '{"profile":{"display_name":"Bob","roles":["staff"]}}'));
  });
  const profile = await store.findProfile(BOB);
  assert.deepEqual([profile?.displayName, profile?.roles, runs], ["Bob", ["staff"], 1]);
});

Deno.test("exec: exit codes mean found, unknown, temporary or misconfigured", async () => {
  const cases: [number, object, string | undefined][] = [
    [0, {}, "found"],
    [1, {}, undefined],
    [7, { exit: { success: [7], failure: [0, 1] } }, "found"],
    [0, { exit: { success: [7], failure: [0, 1] } }, undefined],
    [2, {}, "temporary"],
    [75, {}, "temporary"],
    [64, {}, "misconfigured"],
    [77, {}, "misconfigured"],
    [78, {}, "misconfigured"],
    [127, {}, "misconfigured"],
    [1, { exit: { failure: [] } }, "temporary"],
  ];
  for (const [code, program, expected] of cases) {
    const store = openStore({ threePid: { command: "/bin/ask", ...program } }, () => {
      return Promise.resolve(ended(code, '{"profile":{}}'));
    });
    const lookup = store.findProfile(BOB);
    if (expected === undefined) assert.equal(await lookup, undefined);
    else if (expected === "found") assert.deepEqual((await lookup)?.addresses, []);
    else {await assert.rejects(
        lookup,
        fails(expected, new RegExp(`/bin/ask exits with code ${code}$`)),
      );}
  }
});

Deno.test("exec: output without a profile is no such user, as in mxisd", async () => {
  for (const output of ["", " \n", "{}", '{"profile":null}']) {
    const store = openStore({ threePid: { command: "/bin/ask" } }, () => {
      return Promise.resolve(ended(0, output));
    });
    assert.equal(await store.findProfile(BOB), undefined);
  }
});

Deno.test("exec: unusable output is reported, and not quoted", async () => {
  const cases: [ProgramResult, string, RegExp][] = [
    [ended(0, "b@example.org"), "misconfigured", /output is not JSON$/],
    [ended(0, '{"profile":{"roles":"b@example.org"}}'), "misconfigured", /form: profile\.roles$/],
    [{ kind: "outputTooLarge", stderr: "" }, "misconfigured", /more than 1 MiB$/],
    [{ kind: "notUtf8", code: 0, stderr: "" }, "misconfigured", /UTF-8$/],
    [{ kind: "killed", signal: "SIGSEGV", stderr: "" }, "temporary", /killed by SIGSEGV$/],
    [{ kind: "notStarted", reason: "so", transient: true }, "temporary", /be run: so$/],
    [{ kind: "notStarted", reason: "so", transient: false }, "misconfigured", /be run: so$/],
  ];
  for (const [ran, kind, message] of cases) {
    const store = openStore({ threePid: { command: "/bin/ask" } }, () => Promise.resolve(ran));
    await assert.rejects(store.findProfile(BOB), (error: unknown) => {
      assert.ok(!Deno.inspect(error).includes("b@example.org"));
      return fails(kind, message)(error);
    });
  }
});

Deno.test("exec: the standard error is logged at debug, and nowhere else", async () => {
  await using logs = await collectLogs();
  const store = openStore({ threePid: { command: "/bin/ask" } }, () => {
    return Promise.resolve({
      kind: "ended",
      code: 2,
      stdout: "",
      stderr: "no b@example.org here\n",
    });
  });
  await assert.rejects(store.findProfile(BOB), { message: "exec: /bin/ask exits with code 2" });
  assert.equal(logs.text(), "");
  const [[event, data] = ["", {}]] = logs.at("debug");
  assert.equal(event, "program's standard error");
  assert.equal(data.text, "no b@example.org here\n");
});

Deno.test("exec: a listener receives the command, without the values of variables", async () => {
  const queries: string[] = [];
  const program = { command: "/bin/ask", args: ["--", "{localpart}"], env: { TOKEN: SECRET } };
  const store = openStore({ threePid: program }, () => Promise.resolve(ended(1)));
  await store.findProfile(userOf("bob'\u202e"), { onQuery: (query) => queries.push(query) });
  assert.deepEqual(queries, [`TOKEN=[redacted] /bin/ask "--" "bob'\\u{202e}"`]);
});

Deno.test("exec: the check finds programs whose name is known, and runs none", async () => {
  const run = () => assert.fail("nothing is run");
  const missing = (command: string) => openStore({ role: { command } }, run).check();
  await missing("sh");
  await missing(Deno.execPath());
  await missing("/nowhere/{localpart}");
  await assert.rejects(missing("no-such-program"), fails("misconfigured", /no such program$/));
  await assert.rejects(missing("/nowhere/ask"), fails("misconfigured", /"\/nowhere\/ask" cannot/));
  await assert.rejects(missing("/etc/passwd"), fails("misconfigured", /is it executable\?$/));
  await assert.rejects(missing("/"), fails("misconfigured", /is it executable\?$/));
});

Deno.test("exec: the section has defaults, and refuses wrong values", () => {
  const program = {
    args: [],
    env: {},
    input: {},
    output: { type: "json" },
    exit: { success: [0], failure: [1] },
    token: {},
  };
  assert.deepEqual(execSection.parse({}), {
    enabled: false,
    timeout: 10_000,
    token: { localpart: "{localpart}", domain: "{domain}", mxid: "{mxid}" },
    profile: { enabled: true, displayName: program, threePid: program, role: program },
  });
  assert.ok(execSection.safeParse({ enabled: true, profile: { enabled: false } }).success);
  assertIssues(execSection, [
    [{ enabled: true }, "profile.threePid.command"],
    [{ token: { mxid: "" } }, "token.mxid"],
    [{ timeout: "0" }, "timeout"],
    [{ profile: { role: { env: { "A=B": "x" } } } }, "profile.role.env.A=B"],
    [{ profile: { role: { input: { type: "xml" } } } }, "profile.role.input.type"],
    [{ profile: { role: { input: { template: "x" } } } }, "profile.role.input.type"],
    [{ profile: { role: { output: { type: "plain" } } } }, "profile.role.output.type"],
    [{ profile: { role: { exit: { failure: [0] } } } }, "profile.role.exit.failure.0"],
    [{ profile: { role: { exit: { success: [256] } } } }, "profile.role.exit.success.0"],
    [{ profile: { role: { shell: true } } }, "profile.role"],
  ]);
});

Deno.test("exec: arguments that may be read as options are named once, when the store is opened", async () => {
  await using logs = await collectLogs();
  const named = { command: "/bin/ask", args: ["-n", "[localpart]@x", "--", "[localpart]"] };
  const store = openStore({
    displayName: { command: "/bin/ask", args: ["--", "{localpart}"] },
    threePid: { ...named, token: { localpart: "[localpart]" } },
  }, () => Promise.resolve(ended(1)));
  await store.findProfile(userOf("-rf"));
  await store.findProfile(userOf("--help"));
  const told = logs.at("warning").filter(([event]) => event === "some IDs are never looked up");
  assert.deepEqual(told.map(([, data]) => data.keys), [["exec.profile.threePid.args[1]"]]);
  assert.deepEqual(logs.at("error"), []);
});
