import assert from "node:assert/strict";
import { makeArchive } from "../../../../scripts/release/archive.ts";
import { type Executable, makeDocuments } from "../../../../scripts/release/contents.ts";
import { makeDebianPackage } from "../../../../scripts/release/debian.ts";
import { runToEnd } from "../../../process/run_to_end.ts";
import { installed } from "../../installed.ts";
import { tempFolder } from "../../temp_folder.ts";

const MAINTAINER = "Alice <alice@example.org>";
const PROJECT = new URL("../../../../", import.meta.url).pathname;

/** A stand-in, so that two builds take a moment only. */
async function smallExecutable(folder: string): Promise<Executable> {
  await Deno.writeTextFile(`${folder}/executable`, "#!/bin/sh\n");
  return {
    file: new URL(`file://${folder}/executable`),
    ...{ architecture: "aarch64", runtime: "2.9.6", version: "1.2.3", time: 1_700_000_000 },
  };
}

async function digest(file: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", await Deno.readFile(file));
  return new Uint8Array(hash).toHex();
}

async function output(command: readonly [string, ...string[]]): Promise<string> {
  const { code, output, errors } = await runToEnd(command);
  assert.equal(code, 0, errors);
  return output;
}

Deno.test("the same source and executable make the same archive and package", async () => {
  await using folder = await tempFolder();
  const executable = await smallExecutable(folder.path);
  const digests: string[][] = [];
  for (const umask of [0o022, 0o077]) {
    const target = `${folder.path}/${umask}`;
    await Deno.mkdir(target);
    const before = Deno.umask(umask);
    try {
      const documents = await makeDocuments(executable);
      const archive = await makeArchive(executable, documents, target);
      const made = await makeDebianPackage(executable, documents, target, MAINTAINER);
      assert.deepEqual([archive, made], [
        ...["appservice-mxisd-1.2.3-linux-aarch64.tar.gz", "appservice-mxisd_1.2.3_arm64.deb"],
      ]);
      digests.push(await Promise.all([archive, made].map((name) => digest(`${target}/${name}`))));
    } finally {
      Deno.umask(before);
    }
  }
  assert.deepEqual(digests[0], digests[1]);
});

Deno.test("all in the package belongs to root, and only root may write it", async () => {
  await using folder = await tempFolder();
  const executable = await smallExecutable(folder.path);
  const documents = await makeDocuments(executable);
  const name = await makeDebianPackage(executable, documents, folder.path, MAINTAINER);
  const listed = await output(["dpkg-deb", "--contents", `${folder.path}/${name}`]);
  const wrong = listed.trim().split("\n").filter((line) =>
    !/^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x) root\/root /.test(line)
  );
  assert.deepEqual(wrong, []);
  assert.match(listed, /-rwxr-xr-x root\/root +\d+ 2023-11-14 .*\.\/usr\/bin\/appservice-mxisd\n/);
  const fields = await output(["dpkg-deb", "--field", `${folder.path}/${name}`]);
  assert.match(fields, /^Architecture: arm64\n/m);
  assert.match(fields, /^Depends: libc6 /m);
});

Deno.test("manual pages are without faults", async () => {
  await using folder = await tempFolder();
  const { manPages } = await makeDocuments(await smallExecutable(folder.path));
  const files = [...manPages.keys()].map((name) => `${folder.path}/${name}`);
  for (const [name, text] of manPages) await Deno.writeTextFile(`${folder.path}/${name}`, text);
  const mandoc = await installed("/usr/bin/mandoc");
  const { output } = await runToEnd([mandoc, "-T", "lint", "-W", "warning", ...files]);
  assert.equal(output, "");
});

Deno.test("the archive and the package have everything that the guide leads to", async () => {
  await using folder = await tempFolder();
  const executable = await smallExecutable(folder.path);
  const documents = await makeDocuments(executable);
  const archive = await makeArchive(executable, documents, folder.path);
  await output(["tar", "-C", folder.path, "-xf", `${folder.path}/${archive}`]);
  const unpacked = `${folder.path}/${archive.replace(".tar.gz", "")}`;
  const names = (await Array.fromAsync(Deno.readDir(unpacked))).map(({ name }) => name);
  assert.deepEqual(names.sort(), [
    ...["CHANGELOG.md", "CONTRIBUTING.md", "Dockerfile", "LICENSE", "README.md"],
    ...["THIRD-PARTY-LICENSES.txt", "appservice-mxisd", "appservice-mxisd.service"],
    ...["appservice-mxisd.sysusers", "completion", "docs", "man", "mxisd.example.yaml"],
    ...["packaging", "sbom.cdx.json", "templates"],
  ]);
  const debian = await makeDebianPackage(executable, documents, folder.path, MAINTAINER, "none");
  await output(["dpkg-deb", "--extract", `${folder.path}/${debian}`, `${folder.path}/tree`]);
  for (const root of [unpacked, `${folder.path}/tree/usr/share/doc/appservice-mxisd`]) {
    assert.deepEqual(await deadLinks(root), [], root);
    const { code } = await runToEnd(["diff", "-r", `${root}/docs`, `${PROJECT}docs`]);
    assert.equal(code, 0);
  }
});

/** The links of all pages below a folder that lead to nothing. */
async function deadLinks(root: string): Promise<readonly string[]> {
  const dead: string[] = [];
  for (const folder of [root, `${root}/docs`]) {
    for await (const { name } of Deno.readDir(folder)) {
      if (!name.endsWith(".md")) continue;
      const text = await Deno.readTextFile(`${folder}/${name}`);
      for (const [, target = ""] of text.matchAll(/\]\(([^)#\s]+)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const found = await Deno.stat(`${folder}/${target}`).then(() => true, () => false);
        if (!found) dead.push(`${name}: ${target}`);
      }
    }
  }
  return dead;
}
