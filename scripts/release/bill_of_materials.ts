/**
 * The bill of materials of an executable, in CycloneDX 1.6 (ECMA-424).
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { LicensedPackage } from "./licences.ts";

/** What a bill of materials is about. */
export interface BillOptions {
  readonly version: string;
  /** Seconds since 1970. */
  readonly time: number;
  /** The version of Deno whose runtime it contains. */
  readonly runtime: string;
  readonly packages: readonly LicensedPackage[];
}

/** The document, as an object for JSON. */
export function billOfMaterials({ version, time, runtime, packages }: BillOptions) {
  const self = `appservice-mxisd@${version}`;
  const deno = `deno@${runtime}`;
  const needed = new Set(packages.flatMap(({ dependencies }) => dependencies));
  const refs = new Map(packages.map((item) => [item.key, packageUrl(item)]));
  const refOf = (key: string) => refs.get(key) ?? key;
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      component: {
        ...{ type: "application", "bom-ref": self, name: "appservice-mxisd", version },
        licenses: [{ license: { id: "Apache-2.0" } }],
      },
    },
    components: [
      ...packages.map((item) => ({
        ...{ type: "library", "bom-ref": packageUrl(item), ...groupAndName(item.name) },
        version: item.version,
        hashes: [{ alg: "SHA-512", content: item.sha512 }],
        ...(item.licence === undefined ? {} : { licenses: [{ expression: item.licence }] }),
        purl: packageUrl(item),
      })),
      {
        ...{ type: "platform", "bom-ref": deno, name: "deno", version: runtime },
        licenses: [{ license: { id: "MIT" } }],
        purl: `pkg:github/denoland/deno@v${runtime}`,
      },
    ],
    dependencies: [
      {
        ref: self,
        dependsOn: [
          ...packages.filter(({ key }) => !needed.has(key)).map(({ key }) => refOf(key)),
          deno,
        ],
      },
      ...packages.map(({ key, dependencies }) => ({
        ref: refOf(key),
        dependsOn: dependencies.map(refOf),
      })),
      { ref: deno },
    ],
  };
  return { ...document, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(document))}` };
}

function groupAndName(name: string) {
  const [group, rest] = name.split("/");
  return rest === undefined ? { name } : { group, name: rest };
}

// https://github.com/package-url/purl-spec: the scope's @ is encoded.
function packageUrl({ name, version }: LicensedPackage): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

// The same content has the same number (RFC 9562, version 8).
function uuidOf(text: string): string {
  const bytes = createHash("sha256").update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
