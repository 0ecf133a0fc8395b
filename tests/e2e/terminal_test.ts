import assert from "node:assert/strict";
import { Child } from "../process/child.ts";
import { programCommand, programEnvironment } from "../process/program.ts";
import { Organisation } from "./organisation.ts";

/** Runs a command of the program on a terminal to its end. */
async function onTerminal(cwd: string, ...args: readonly string[]): Promise<string> {
  const words = [...await programCommand(), ...args];
  const line = words.map((word) => `'${word}'`).join(" ");
  await using child = new Child({
    name: "the program on a terminal",
    command: ["/usr/bin/script", "--quiet", "--return", "--command", line, "/dev/null"],
    cwd,
    env: programEnvironment(),
  });
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`it does not end:\n${child.tail()}`)), 120_000);
  try {
    const { code } = await Promise.race([child.ended, promise]);
    assert.equal(code, 0, child.tail());
    return child.lines.items.join("\n");
  } finally {
    clearTimeout(timer);
  }
}

Deno.test("on a terminal Deno never prompts for a permission", async (t) => {
  await using organisation = await Organisation.create();
  for (
    const command of [
      ["--version"],
      ["--help"],
      ["config", "check", "-c", "mxisd.yaml"],
      ["lookup", "@bob:example.org", "-c", "mxisd.yaml"],
      ["preview", "-c", "mxisd.yaml", "-o", "preview"],
      ["completion", "bash"],
      ["demo"],
    ]
  ) {
    await t.step(command.join(" "), async () => {
      const output = await onTerminal(organisation.layout.folder, ...command);
      assert.doesNotMatch(output, /Deno requests|Allow\?|\[y\/n/);
    });
  }
});
