/**
 * A build of the program with one more migration of PostgreSQL's tables.
 *
 * @module
 */

import assert from "node:assert/strict";
import { programFlags } from "../../../scripts/program_flags.ts";
import { runTool } from "../servers/daemon.ts";

const PROJECT = new URL("../../../", import.meta.url).pathname;
const PARTS = ["main.ts", "src", "templates", "deno.json", "deno.lock"];
const TABLES = "src/outbox/postgresql/tables.ts";
// Where the list of migrations ends.
const END = "\n];\n";
const MIGRATION = `
  \`
  ALTER TABLE mails ADD COLUMN of_newer_build bigint NOT NULL DEFAULT 1;
  ALTER TABLE invitations ADD COLUMN of_newer_build bigint NOT NULL DEFAULT 1;
  \`,`;

/** Makes it of a copy of the source, in a folder. Returns its command line, without a command. */
export async function makeNewerBuild(folder: string): Promise<[string, ...string[]]> {
  await Deno.mkdir(folder);
  await runTool(["cp", "-r", ...PARTS.map((part) => `${PROJECT}${part}`), folder]);
  const source = await Deno.readTextFile(`${folder}/${TABLES}`);
  assert.equal(source.split(END).length, 2, `${TABLES} has one list`);
  await Deno.writeTextFile(`${folder}/${TABLES}`, source.replace(END, () => MIGRATION + END));
  return [Deno.execPath(), "run", ...await programFlags(), `${folder}/main.ts`];
}
