import assert from "node:assert/strict";
import { sourceOrigin } from "../../src/cli/version.ts";
import { runToEnd } from "../process/run_to_end.ts";

const AUTHOR = {
  PATH: "/usr/bin:/bin",
  HOME: "/nonexistent",
  GIT_AUTHOR_NAME: "Alice",
  GIT_AUTHOR_EMAIL: "alice@example.org",
  GIT_COMMITTER_NAME: "Alice",
  GIT_COMMITTER_EMAIL: "alice@example.org",
  // Late in the evening in New York, where it is not tomorrow yet.
  GIT_COMMITTER_DATE: "2027-01-31T23:30:00-05:00",
};

async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const { code, output, errors } = await runToEnd(["git", "-C", folder, ...args], { env: AUTHOR });
  assert.equal(code, 0, errors);
  return output.trim();
}

/** A folder with a commit of one file. */
async function committed(): Promise<string> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/main.ts`, "one");
  await git(folder, "init", "--quiet");
  await git(folder, "add", ".");
  await git(folder, "commit", "--quiet", "--no-gpg-sign", "--message=one");
  return folder;
}

Deno.test("the source's origin is its commit and the day of it in UTC", async () => {
  const folder = await committed();
  try {
    const commit = (await git(folder, "rev-parse", "HEAD")).slice(0, 12);
    assert.deepEqual(await sourceOrigin(folder), { commit, date: "2027-02-01" });
    await git(folder, "-c", "user.name=a", "tag", "--annotate", "--message=one", "v9.9.9");
    assert.deepEqual(await sourceOrigin(folder), { commit, date: "2027-02-01" });
    await Deno.writeTextFile(`${folder}/new.ts`, "not part of it");
    assert.deepEqual(await sourceOrigin(folder), { commit, date: "2027-02-01" });
    await Deno.writeTextFile(`${folder}/main.ts`, "two");
    assert.deepEqual(await sourceOrigin(folder), { commit: `${commit}-dirty`, date: "2027-02-01" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("source without Git's files has no origin, even inside another project", async () => {
  const folder = await committed();
  try {
    await Deno.mkdir(`${folder}/inside`);
    assert.deepEqual(await sourceOrigin(`${folder}/inside`), {});
    await Deno.mkdir(`${folder}/inside/.git`);
    assert.deepEqual(await sourceOrigin(`${folder}/inside`), {});
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
