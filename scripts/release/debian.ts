/**
 * Makes the Debian package.
 *
 * @module
 */

import { gzipSync } from "node:zlib";
import { type Documents, type Executable, guide, ofProject } from "./contents.ts";
import { type ReleaseFile, runTool, writeTree } from "./tree.ts";

const NAME = "appservice-mxisd";
const ARCHITECTURES = { x86_64: "amd64", aarch64: "arm64" } as const;
const DOCUMENTS = `usr/share/doc/${NAME}`;
const KIBIBYTE = 1024;

const root = new URL("../../", import.meta.url);

/**
 * Writes the package for an executable into a folder, and returns its name. The executable is not
 * stripped: Deno finds the program by its place at the end of it.
 *
 * @param maintainer Their name and address.
 * @param compression As dpkg-deb names it; tests are in a hurry.
 */
export async function makeDebianPackage(
  executable: Executable,
  documents: Documents,
  folder: string,
  maintainer: string,
  compression: "gzip" | "none" = "gzip",
): Promise<string> {
  const architecture = ARCHITECTURES[executable.architecture];
  const name = `${NAME}_${executable.version}_${architecture}.deb`;
  const work = await Deno.makeTempDir({ prefix: "appservice-mxisd-debian-" });
  try {
    const tree = `${work}/tree`;
    await writeTree(tree, await filesOf(executable, documents));
    await compressPages(`${tree}/usr/share/man/man1`);
    await Deno.mkdir(`${tree}/etc/mxisd`, { recursive: true });
    for (const path of ["etc", "etc/mxisd"]) await Deno.chmod(`${tree}/${path}`, 0o755);
    const control = controlFile(executable.version, architecture, maintainer, await sizeOf(tree));
    await writeTree(`${tree}/DEBIAN`, [
      { path: "control", content: control },
      ...["postinst", "prerm", "postrm"].map((path) => (
        { path, content: new URL(`packaging/debian/${path}`, root), mode: 0o755 }
      )),
    ]);
    await runTool(
      [
        "dpkg-deb",
        "--root-owner-group",
        `-Z${compression}`,
        "-z6",
        "--build",
        tree,
        `${folder}/${name}`,
      ],
      { SOURCE_DATE_EPOCH: `${executable.time}` },
    );
    return name;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function filesOf(
  executable: Executable,
  documents: Documents,
): Promise<readonly ReleaseFile[]> {
  const { manPages, completions, licences, bill } = documents;
  return [
    { path: `usr/bin/${NAME}`, content: executable.file, mode: 0o755 },
    ofProject(`usr/lib/systemd/system/${NAME}.service`, `packaging/${NAME}.service`),
    ofProject(`usr/lib/sysusers.d/${NAME}.conf`, `packaging/${NAME}.sysusers`),
    ...[...manPages].map(([name, content]) => ({ path: `usr/share/man/man1/${name}`, content })),
    ...[...completions].map(([shell, content]) => ({ path: completionPath(shell), content })),
    { path: `${DOCUMENTS}/copyright`, content: COPYRIGHT },
    { path: `${DOCUMENTS}/third-party-licenses.txt`, content: licences },
    { path: `${DOCUMENTS}/sbom.cdx.json`, content: bill },
    ...(await guide()).map((path) => ofProject(`${DOCUMENTS}/${path}`, path)),
  ];
}

function completionPath(shell: string): string {
  if (shell === "zsh") return `usr/share/zsh/vendor-completions/_${NAME}`;
  if (shell === "fish") return `usr/share/fish/vendor_completions.d/${NAME}.fish`;
  return `usr/share/bash-completion/completions/${NAME}`;
}

// https://www.debian.org/doc/debian-policy/ch-controlfields.html
function controlFile(
  version: string,
  architecture: string,
  maintainer: string,
  kibibytes: number,
): string {
  return `Package: ${NAME}
Version: ${version}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${kibibytes}
Depends: libc6 (>= 2.28), libgcc-s1, init-system-helpers (>= 1.52), passwd, systemd
Recommends: ca-certificates
Section: net
Priority: optional
Description: email notifications for Matrix invites
 Notifies people by email when they are invited to a Matrix room, including
 people who have never logged in. It is an application service of the
 homeserver, looks people up in the organisation's identity stores, and reads
 the configuration of mxisd.
`;
}

const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ${NAME}
Comment: the executable also contains Deno and packages of npm, whose licences are in
 /${DOCUMENTS}/third-party-licenses.txt.

Files: *
Copyright: the authors of ${NAME}
License: Apache-2.0

License: Apache-2.0
 On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.
`;

// As man finds them in Debian. Node's gzip writes neither a name nor a time.
async function compressPages(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    await Deno.writeFile(`${path}.gz`, gzipSync(await Deno.readFile(path), { level: 9 }));
    await Deno.chmod(`${path}.gz`, 0o644);
    await Deno.remove(path);
  }
}

async function sizeOf(folder: string): Promise<number> {
  let kibibytes = 0;
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) kibibytes += 1 + await sizeOf(path);
    else kibibytes += Math.ceil((await Deno.stat(path)).size / KIBIBYTE);
  }
  return kibibytes;
}
