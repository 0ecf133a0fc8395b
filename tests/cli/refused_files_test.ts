import assert from "node:assert/strict";
import { logEvent } from "../process/program.ts";
import { mounted, REFUSED_FOLDERS } from "../process/refused_folders.ts";
import { runToEnd } from "../process/run_to_end.ts";
import { rows } from "../thorough.ts";
import { run, start } from "./command_line.ts";
import { type Differences, makeWorkspace } from "./workspace.ts";

const DATABASE = "storage.provider.sqlite.database";
const REGISTRATION = "appsvc.registration.synapse.file";

// Lines of a stack, and the texts of the operating system and of defects.
const NO_PLAIN_WORDS = /^ +at |os error|Unexpected|\.ts:\d/m;

/** A command that writes into a folder: what it prints says what is wrong where. */
interface Writing {
  readonly what: string;
  readonly settings: (folder: string) => Differences;
  readonly args: (folder: string) => readonly string[];
  /** What stands before the reason. */
  readonly names: RegExp;
  /** The exit code. */
  readonly code: number;
}

const WRITING: readonly Writing[] = [
  {
    what: "the database",
    settings: (folder) => ({ [DATABASE]: `${folder}/outbox.db` }),
    args: () => ["serve"],
    names: /storage\.provider\.sqlite\.database.*outbox\.db/,
    code: 4,
  },
  {
    what: "the registration that is named",
    settings: () => ({}),
    args: (folder) => ["register", "-o", `${folder}/registration.yaml`],
    names: /registration\.yaml/,
    code: 4,
  },
  {
    what: "the registration of the configuration",
    settings: (folder) => ({ [REGISTRATION]: `${folder}/registration.yaml` }),
    args: () => ["register"],
    names: /appsvc\.registration\.synapse\.file: .*registration\.yaml/,
    code: 4,
  },
  {
    what: "the preview",
    settings: () => ({}),
    args: (folder) => ["preview", "--language", "en", "-o", folder],
    names: /cannot be written/,
    code: 4,
  },
  {
    what: "a test email into a folder",
    settings: (folder) => ({
      "threepid.medium.email.connector": "file",
      "threepid.medium.email.connectors.file.folder": `${folder}/mails`,
    }),
    args: () => ["send-test", "bob@example.org"],
    names: /the folder for emails cannot be written to/,
    code: 1,
  },
];

Deno.test("every way in which a folder refuses files is explained by each command", async (t) => {
  for (const [at, { what: why, reason, make }] of REFUSED_FOLDERS.entries()) {
    await using workspace = await makeWorkspace();
    const { path, undo } = await make(workspace.folder);
    try {
      // The first folder for each command, the first command for each folder.
      for (
        const { what, settings, args, names, code: expected } of at === 0
          ? WRITING
          : rows(1, WRITING)
      ) {
        await t.step(`${what}: ${why}`, async () => {
          const config = await workspace.configure(settings(path));
          const { code, err } = await run([...args(path), "-c", config]);
          assert.match(err, names);
          assert.match(err, reason);
          assert.doesNotMatch(err, NO_PLAIN_WORDS);
          assert.equal(code, expected);
        });
      }
    } finally {
      await undo();
    }
  }
});

Deno.test("the service works without its registration file, however that is refused", async (t) => {
  for (const { what: why, reason, make } of rows(1, REFUSED_FOLDERS)) {
    await using workspace = await makeWorkspace();
    const { path, undo } = await make(workspace.folder);
    try {
      await t.step(why, async () => {
        const file = `${path}/registration.yaml`;
        await workspace.configure({ [REGISTRATION]: file });
        await using running = start(["serve", "-c", workspace.path("mxisd.yaml")]);
        const line = await running.lines.find((line) => line.includes("registration not updated"));
        assert.equal(logEvent(line)?.file, file);
        assert.match(String(logEvent(line)?.reason), reason);
        assert.equal((await running.stop()).code, 0);
      });
    } finally {
      await undo();
    }
  }
});

Deno.test("a database that has become read-only is explained by each command that needs it", async () => {
  await using workspace = await makeWorkspace();
  const { path, undo } = await mounted(workspace.folder, "size=4m");
  try {
    const config = await workspace.configure({ [DATABASE]: `${path}/outbox.db` });
    await using running = start(["serve", "-c", config]);
    await running.lines.find((line) => line.includes("listening"));
    await running.stop();
    await runToEnd(["mount", "-o", "remount,ro", path]);
    for (const args of [["serve"], ["suppressions", "list"]]) {
      const { code, err } = await run([...args, "-c", config]);
      assert.equal(code, 4);
      assert.match(
        err,
        /storage\.provider\.sqlite\.database: .*outbox\.db cannot be written: its file/,
      );
      assert.doesNotMatch(err, NO_PLAIN_WORDS);
    }
  } finally {
    await undo();
  }
});

// Settings that name a file which is read.
const READ: Readonly<Record<string, (file: string) => unknown>> = {
  "tls.ca": (file) => file,
  "notify.brand.logo": (file) => file,
  "threepid.medium.email.connectors.smtp.password": (file) => ({ file }),
  "threepid.medium.email.connectors.smtp.dkim": (file) => ({
    domain: "example.org",
    selector: "s",
    key: { file },
  }),
};

const UNREADABLE: Readonly<Record<string, RegExp>> = {
  missing: /does not exist/,
  folder: /is a folder/,
  circle: /its path has too many symbolic links/,
  "mxisd.yaml/below": /part of its path is not a folder/,
  [`${"x".repeat(256)}`]: /its name or path is too long/,
};

Deno.test("every way in which a file cannot be read is explained for each setting", async (t) => {
  await using workspace = await makeWorkspace();
  await Deno.mkdir(workspace.path("folder"));
  await Deno.symlink("circle", workspace.path("circle"));
  for (const [name, reason] of Object.entries(UNREADABLE)) {
    const file = workspace.path(name);
    for (const [key, value] of Object.entries(READ)) {
      await t.step(`${key}: ${name.slice(0, 20)}`, async () => {
        const config = await workspace.configure({ [key]: value(file) });
        const { code, err } = await run(["serve", "-c", config]);
        assert.match(err, reason);
        assert.ok(err.includes(key), err);
        assert.doesNotMatch(err, NO_PLAIN_WORDS);
        assert.equal(code, 3, err);
      });
    }
    await t.step(`memory.file: ${name.slice(0, 20)}`, async () => {
      // The service starts without it: the file is read again for each lookup.
      const config = await workspace.configure({ "memory.file": file });
      const { code, out } = await run(["doctor", "store", "memory", "-c", config]);
      assert.match(out, reason);
      assert.doesNotMatch(out, NO_PLAIN_WORDS);
      assert.equal(code, 1);
    });
    await t.step(`-c: ${name.slice(0, 20)}`, async () => {
      const { code, err } = await run(["serve", "-c", file]);
      assert.match(err, reason);
      assert.doesNotMatch(err, NO_PLAIN_WORDS);
      assert.equal(code, 3);
    });
  }
});
