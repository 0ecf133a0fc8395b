/**
 * Makes the archive of a release: a folder to unpack anywhere.
 *
 * @module
 */

import { type Documents, type Executable, guide, ofProject } from "./contents.ts";
import { type ReleaseFile, runTool, writeTree } from "./tree.ts";

/** Writes the archive for an executable into a folder, and returns its name. */
export async function makeArchive(
  executable: Executable,
  documents: Documents,
  folder: string,
): Promise<string> {
  const { version, architecture, time } = executable;
  const name = `appservice-mxisd-${version}-linux-${architecture}`;
  const work = await Deno.makeTempDir({ prefix: "appservice-mxisd-release-" });
  try {
    await writeTree(`${work}/${name}`, await filesOf(executable, documents));
    const archive = `${folder}/${name}.tar.gz`;
    // Nothing of this machine, or of this moment, is in it.
    const same = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=gnu"];
    await runTool(
      ["tar", "-C", work, ...same, `--mtime=@${time}`, "-I", "gzip -n", "-cf", archive, name],
    );
    return `${name}.tar.gz`;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function filesOf(
  executable: Executable,
  documents: Documents,
): Promise<readonly ReleaseFile[]> {
  return [
    { path: "appservice-mxisd", content: executable.file, mode: 0o755 },
    ofProject("appservice-mxisd.service", "packaging/appservice-mxisd.service"),
    ofProject("appservice-mxisd.sysusers", "packaging/appservice-mxisd.sysusers"),
    ...(await guide()).map((path) => ofProject(path, path)),
    { path: "THIRD-PARTY-LICENSES.txt", content: documents.licences },
    { path: "sbom.cdx.json", content: documents.bill },
    ...[...documents.manPages].map(([name, content]) => ({ path: `man/${name}`, content })),
    ...[...documents.completions].map(([shell, content]) => ({
      path: `completion/appservice-mxisd.${shell}`,
      content,
    })),
  ];
}
