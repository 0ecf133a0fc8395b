/**
 * What archives and packages have in common: the same documents and settings beside the executable.
 *
 * @module
 */

import { parseArguments } from "../../src/cli/arguments.ts";
import { VERSION } from "../../src/cli/version.ts";
import { billOfMaterials } from "./bill_of_materials.ts";
import { licenceDocument, readLicences } from "./licences.ts";
import { importedPackages, lockedPackages, neededPackages } from "./lock_file.ts";
import { manPages } from "./man_pages.ts";
import type { ReleaseFile } from "./tree.ts";

const root = new URL("../../", import.meta.url);

/** An executable and what it was made of. */
export interface Executable {
  readonly file: URL;
  /** As Linux names it. */
  readonly architecture: "x86_64" | "aarch64";
  /** The version of Deno that compiled it. */
  readonly runtime: string;
  readonly version: string;
  /** When the source was changed last, in seconds since 1970: the time of all files. */
  readonly time: number;
}

/** Documents that are made of the source. */
export interface Documents {
  readonly manPages: ReadonlyMap<string, string>;
  readonly licences: string;
  /** A CycloneDX document. */
  readonly bill: string;
  /** Scripts by the names of shells. */
  readonly completions: ReadonlyMap<string, string>;
}

/** Makes the documents for an executable. */
export async function makeDocuments(executable: Executable): Promise<Documents> {
  const { version, time, runtime } = executable;
  const lock = await Deno.readTextFile(new URL("deno.lock", root));
  const inside = neededPackages(lockedPackages(lock), await importedPackages(root));
  const packages = await readLicences(inside);
  const date = new Date(time * 1000).toISOString().slice(0, 10);
  const bill = billOfMaterials({ version, time, runtime, packages });
  const shells = ["bash", "fish", "zsh"];
  return {
    manPages: manPages(version, date),
    licences: licenceDocument(packages),
    bill: `${JSON.stringify(bill, null, 2)}\n`,
    completions: new Map(shells.map((shell) => [shell, completion(shell)])),
  };
}

function completion(shell: string): string {
  let script = "";
  const out = (text: string) => void (script += text);
  const err = (text: string) => {
    throw new Error(text);
  };
  parseArguments(["completion", shell], VERSION, { out, err, errIsTerminal: false });
  return script;
}

/** A file of the project. */
export function ofProject(path: string, from: string): ReleaseFile {
  return { path, content: new URL(from, root) };
}

/** The paths of the documents, and of the files of the project that they lead to. */
export async function guide(): Promise<readonly string[]> {
  const paths = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"];
  paths.push("Dockerfile", "mxisd.example.yaml");
  for (const folder of ["docs", "packaging/compose", "packaging/kubernetes", "templates"]) {
    paths.push(...await filesBelow(folder));
  }
  return paths;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${folder}/`, root))) {
    const path = `${folder}/${name}`;
    if (isDirectory) paths.push(...await filesBelow(path));
    else paths.push(path);
  }
  return paths.sort();
}
