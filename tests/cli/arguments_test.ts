import assert from "node:assert/strict";
import manifest from "../../deno.json" with { type: "json" };
import { withoutColors } from "../../src/cli/colors.ts";
import { printable } from "../../src/text/printable.ts";
import { runToEnd } from "../process/run_to_end.ts";
import { assertGolden } from "../render/golden.ts";
import { rowTest } from "../thorough.ts";
import { run } from "./command_line.ts";
import { makeWorkspace } from "./workspace.ts";

const COMMANDS = [
  "serve",
  "config check",
  "config dump",
  "config schema",
  "register",
  "lookup",
  "send-test",
  "simulate",
  "preview",
  "templates check",
  "why",
  "status",
  "outbox list",
  "outbox show",
  "outbox retry",
  "outbox cancel",
  "forget",
  "suppressions list",
  "suppressions lift",
  "demo",
];

Deno.test("--help is the golden text", async () => {
  const { code, out, err } = await run(["--help"]);
  assert.deepEqual([code, err], [0, ""]);
  await assertGolden("help.txt", out);
});

for (const command of ["config", ...COMMANDS]) {
  Deno.test(`${command} has its own help, with -c and -v`, async () => {
    const asOption = await run([...command.split(" "), "--help"]);
    const asCommand = await run(["help", ...command.split(" ")]);
    assert.equal(asOption.code, 0);
    assert.equal(asOption.err, "");
    assert.deepEqual(asCommand, asOption);
    assert.match(asOption.out, new RegExp(`^Usage: appservice-mxisd ${command}`, "m"));
    assert.match(asOption.out, /-c\/\s*--config FILE/);
    assert.match(asOption.out, /-v\.\.\./);
    assert.doesNotMatch(asOption.out, / $/m);
  });
}

Deno.test("--version prints one line that begins with the version", async () => {
  const { code, out, err } = await run(["--version"]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^\S+( \(commit [0-9a-f]{12}(-dirty)?, \d{4}-\d\d-\d\d\))?\n$/);
  assert.equal(out.trim().split(" ")[0], manifest.version);
});

Deno.test("an unknown command ends with 2 and a suggestion", async () => {
  const { code, out, err } = await run(["regster"]);
  assert.deepEqual([code, out], [2, ""]);
  assert.match(err, /`regster`/);
  assert.match(err, /Did you mean `register`\?/);
  assert.match(err, /Try: appservice-mxisd --help/);
});

for (
  const [args, expected] of [
    [["config"], /config check, config dump, config schema or config import/],
    [["config", "chek"], /`chek`[^]*appservice-mxisd config --help/],
    [["lookup"], /@USER:DOMAIN[^]*appservice-mxisd lookup --help/],
    [["lookup", "@a:b", "@c:d"], /"@c:d"/],
    [["send-test"], /ADDRESS/],
    [["templates", "chek"], /`chek`[^]*appservice-mxisd templates --help/],
    [["suppressions"], /suppressions list or suppressions lift/],
    [["suppressions", "lift"], /ADDRESS\|@USER:DOMAIN\|NUMBER/],
    [["serve", "-c"], /`-c` requires `FILE`/],
    [["-x"], /`-x`/],
    [["completion", "bsh"], /bash/],
    [["config", "chek"], /Did you mean `check`\?/],
    [["templates", "chek"], /Did you mean `check`\?/],
    [["doctor", "stor", "ldap"], /Did you mean `store`\?/],
    [["doctor", "--only", "mial"], /"mial": did you mean mail\? Write one of configuration, files/],
    [["suppressions", "lst"], /Did you mean `list`\?/],
    [["outbox", "lst"], /Did you mean `list`\?/],
    [["outbox", "list", "--state", "snt"], /Did you mean "sent"\?/],
    [["preview", "--langage", "de"], /Did you mean `--language`\?/],
    [["serve", "--confg", "x"], /Did you mean `--config`\?/],
    [["config", "check", "--hlep"], /Did you mean `--help`\?/],
    [["--verson"], /Did you mean `--version`\?/],
    [["completion", "bsh"], /did you mean zsh or bash\? Write one of bash, fish/],
    [["doctor", "store", "ldpa"], /"ldpa": did you mean ldap\? Write one of memory/],
    [["doctor", "store", "Synapsesql"], /did you mean synapseSql\?/],
    [["doctor", "store", "xyz-123"], /"xyz-123": write one of memory/],
    [["send-test", "a@b.example", "--sample", "insied"], /did you mean inside\?/],
    [["help", "regster"], /Did you mean `register`\?/],
    [["-c", "mxisd.yaml", "regster"], /Did you mean `register`\?/],
    [["-v", "--config", "a", "config", "check", "-c", "b"], /multiple times/],
  ] as const
) {
  Deno.test(`"${args.join(" ")}" ends with 2, and says why`, async () => {
    const { code, out, err } = await run(args);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, expected);
  });
}

Deno.test("the options of every command may stand before it", async () => {
  await using workspace = await makeWorkspace();
  const config = workspace.path("mxisd.yaml");
  for (
    const args of [
      ["-c", config, "config", "check"],
      ["-v", "--config", config, "config", "check"],
      [`--config=${config}`, "config", "check", "-vv"],
      ["-c", config, "-v", "-v", "lookup", "@bob:example.org"],
      ["-c", config, "lookup", "--", "@bob:example.org"],
      ["-v", "help", "lookup"],
      ["-c", config, "--version"],
    ]
  ) {
    const { code, err } = await run(args);
    assert.equal(code, 0, `${args.join(" ")}: ${err}`);
    assert.doesNotMatch(err, /^Error/m);
  }
});

Deno.test("on a terminal help and mistakes have colours, elsewhere none", async () => {
  const escape = "\x1b[";
  for (const args of [["--help"], ["regster"]]) {
    const plain = await run(args);
    const colored = await run(args, { terminal: true, colors: true });
    assert.ok(!`${plain.out}${plain.err}`.includes(escape));
    assert.ok(`${colored.out}${colored.err}`.includes(escape));
    assert.equal(withoutColors(colored.out), plain.out);
    // Where names have a colour, they need no marks.
    assert.equal(withoutColors(colored.err), plain.err.replaceAll("`", ""));
  }
  const hostile = await run(["\x1b]0;title\x07\x1b[2J"], { terminal: true, colors: true });
  assert.equal(
    printable(withoutColors(hostile.err).replaceAll("\n", "")).includes("\\u{1b}"),
    true,
  );
  assert.ok(!withoutColors(hostile.err).includes("\x1b"));
});

Deno.test("an argument that is repeated cannot act on the terminal", async () => {
  const { code, err } = await run(["\x1b]0;title\x07\u202e"]);
  assert.equal(code, 2);
  assert.equal(printable(err.replaceAll("\n", "")), err.replaceAll("\n", ""));
  assert.match(err, /\\u\{1b\}/);
});

// One without a database, with a word and with two, one that fails, one that needs a database.
const QUICK = ["lookup", "config check", "send-test", "why", "suppressions lift"];
for (const command of COMMANDS.filter((name) => !["serve", "demo"].includes(name))) {
  rowTest(QUICK.includes(command))(`${command} takes -c, --config, -v and -vv`, async () => {
    await using workspace = await makeWorkspace();
    await Deno.writeTextFile(workspace.path("mail.eml"), "Subject: %SENDER_NAME%\n\n%ROOM_NAME%\n");
    const template = ["--template", workspace.path("mail.eml")];
    const rest = {
      lookup: ["@bob:example.org"],
      "send-test": ["bob@corp.example"],
      simulate: ["@alice:example.org", "@bob:example.org"],
      "suppressions lift": ["bob@corp.example"],
      why: ["@bob:example.org"],
      forget: ["@bob:example.org"],
      "outbox show": ["i1"],
      "outbox retry": ["i1"],
      "outbox cancel": ["i1"],
      preview: [...template, "--language", "en", "-o", workspace.path("preview")],
      "templates check": template,
    }[command] ?? [];
    const outcomes = [];
    for (const flags of [["-c"], ["-v", "-c"], ["-vv", "-c"], ["-v", "-v", "--config"]]) {
      const args = [...command.split(" "), ...flags, workspace.path("mxisd.yaml"), ...rest];
      const { code, err } = await run(args);
      assert.doesNotMatch(err, /^Error/m);
      outcomes.push(code);
    }
    // Nothing listens where the mail server should be, and no service has made a database.
    const needsDatabase = /^(?:suppressions|outbox|why|status|forget)\b/.test(command);
    const expected = command === "send-test" ? 1 : needsDatabase ? 4 : 0;
    assert.deepEqual(outcomes, [expected, expected, expected, expected]);
  });
}

for (const [shell, program] of [["bash", "bash"], ["zsh", "zsh"], ["fish", "fish"]] as const) {
  Deno.test(`completion ${shell} prints a script that ${shell} can read`, async () => {
    const { code, out, err } = await run(["completion", shell]);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /appservice-mxisd/);
    const path = ["/bin", "/usr/bin"].map((folder) => `${folder}/${program}`).find(isThere);
    if (path === undefined) return;
    const file = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(file, out);
      const { code, errors } = await runToEnd([path, "-n", file]);
      assert.deepEqual([code, errors], [0, ""]);
    } finally {
      await Deno.remove(file);
    }
  });
}

for (
  const [args, expected] of [
    [["doctor", "--only", "d"], ["database", "dns"]],
    [["doctor", "store", "s"], ["synapseSql", "synapseAdmin", "sql", "scim"]],
    [["send-test", "a@b.example", "--sample", "no-"], ["no-name"]],
    [["preview", "--language", "d"], ["de"]],
    [["completion", ""], ["bash", "fish", "nu", "pwsh", "zsh"]],
    [["completion", "z"], ["zsh"]],
    [["serve", "-c", "x"], ["__FILE__:file::x:0"]],
    [["-c", "/etc/"], ["__FILE__:file::/etc/:0"]],
    [["templates", "check", "--template", ""], ["__FILE__:any:::0"]],
    [["suppressions", "l"], ["list", "lift"]],
  ] as const
) {
  Deno.test(`completion offers what may follow "${args.join(" ")}"`, async () => {
    const { code, out, err } = await run(["completion", "bash", ...args]);
    assert.deepEqual([code, err], [0, ""]);
    assert.deepEqual(out.trimEnd().split("\n"), expected);
  });
}

Deno.test("completion offers the commands", async () => {
  const { code, out } = await run(["completion", "bash", "se"]);
  assert.equal(code, 0);
  assert.match(out, /^serve\b/m);
  assert.match(out, /^send-test\b/m);
});

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
