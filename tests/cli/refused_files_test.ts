import assert from "node:assert/strict";
import { REFUSED_FOLDERS } from "../process/refused_folders.ts";
import { logEvent } from "../process/program.ts";
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
  for (const { what: why, reason, make } of REFUSED_FOLDERS) {
    await using workspace = await makeWorkspace();
    const { path, undo } = await make(workspace.folder);
    try {
      for (const { what, settings, args, names, code: expected } of WRITING) {
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
  for (const { what: why, reason, make } of REFUSED_FOLDERS) {
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
