/**
 * SpamAssassin with Debian's rules, without the network.
 *
 * @module
 */

import assert from "node:assert/strict";
import { runToEnd } from "../../process/run_to_end.ts";
import { installed } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";

/** Its verdict on a mail. */
export interface SpamScore {
  /** The score: from 5 on, a mail is spam. */
  readonly points: number;
  /** The rules that apply. */
  readonly rules: readonly string[];
}

const SETTINGS = "/etc/spamassassin";

/** Checks mails as they are in a mailbox. */
export async function spamScores(mails: readonly Uint8Array[]): Promise<readonly SpamScore[]> {
  const program = await installed("/usr/bin/spamassassin");
  // For its settings and what it learns.
  await using folder = await tempFolder();
  // The plugins that Debian enables, without the settings of this machine.
  for await (const { name } of Deno.readDir(SETTINGS)) {
    if (name.endsWith(".pre")) await Deno.copyFile(`${SETTINGS}/${name}`, `${folder.path}/${name}`);
  }
  const files = mails.map((_, index) => `${folder.path}/${index}.eml`);
  for (const [index, file] of files.entries()) {
    await Deno.writeFile(file, mails[index] ?? new Uint8Array());
  }
  const { code, output, errors } = await runToEnd([
    program,
    ...["--local", "--test-mode", "--nocreate-prefs", `--siteconfigpath=${folder.path}`],
    ...files,
  ], { env: { PATH: "/usr/bin:/bin", HOME: folder.path, LANG: "C.UTF-8" } });
  assert.equal(code, 0, errors);
  const fields = output.replaceAll("\r", "").match(/^X-Spam-Status: (?:.|\n[ \t])*/gm) ?? [];
  assert.equal(fields.length, mails.length, output.slice(0, 2000));
  return fields.map(readScore);
}

function readScore(field: string): SpamScore {
  const unfolded = field.replace(/\n[ \t]+/g, " ");
  const [, points = "", tests = ""] = /score=(\S+) .*tests=(.*?) autolearn=/.exec(unfolded) ?? [];
  assert.ok(points, field);
  return { points: Number(points), rules: tests.split(/,\s*/) };
}
