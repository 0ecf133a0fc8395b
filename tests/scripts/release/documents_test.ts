import assert from "node:assert/strict";
import { billOfMaterials } from "../../../scripts/release/bill_of_materials.ts";
import { licenceDocument, readLicences } from "../../../scripts/release/licences.ts";
import {
  importedPackages,
  lockedPackages,
  neededPackages,
} from "../../../scripts/release/lock_file.ts";
import { manPages } from "../../../scripts/release/man_pages.ts";
import { plain, request } from "../../../scripts/release/roff.ts";
import { PARSERS } from "../../../src/cli/arguments.ts";

const LOCK = JSON.stringify({
  version: "5",
  npm: {
    "@scope/a@1.0.0": { integrity: "sha512-AAEC", dependencies: ["b", "c@2.0.0_d@3.0.0"] },
    "b@1.2.3": { integrity: "sha512-AAEC" },
    "c@1.0.0": { integrity: "sha512-AAEC" },
    "c@2.0.0_d@3.0.0": { integrity: "sha512-AAEC", dependencies: ["d"] },
    "d@3.0.0": { integrity: "sha512-AAEC" },
  },
});

Deno.test("packages are read from a lock file, with scopes, peers and what they need", () => {
  const packages = lockedPackages(LOCK);
  assert.deepEqual(packages.map(({ name, version }) => `${name} ${version}`), [
    ...["@scope/a 1.0.0", "b 1.2.3", "c 1.0.0", "c 2.0.0", "d 3.0.0"],
  ]);
  assert.deepEqual(packages[0]?.dependencies, ["b@1.2.3", "c@2.0.0_d@3.0.0"]);
  assert.equal(packages[0]?.sha512, "000102");
});

Deno.test("an executable has the packages that are imported, and those that these need", () => {
  const needed = neededPackages(lockedPackages(LOCK), ["c@2.0.0_d@3.0.0", "b@1.2.3"]);
  assert.deepEqual(needed.map(({ key }) => key), ["b@1.2.3", "c@2.0.0_d@3.0.0", "d@3.0.0"]);
});

Deno.test("the program imports no package that only tests need", async () => {
  const imported = [...await importedPackages(new URL("../../../", import.meta.url))].join(" ");
  assert.match(imported, /zod@/);
  // Loaded when it is needed.
  assert.match(imported, /mysql2@/);
  assert.doesNotMatch(imported, /fast-check|axe-core|wabt/);
});

Deno.test("a lock file of an unknown form is refused", () => {
  assert.throws(
    () => lockedPackages(JSON.stringify({ version: "6", npm: {} })),
    /version 6, not 5/,
  );
  const text = JSON.stringify({ version: "5", npm: { "a@1.0.0": { integrity: "sha1-x" } } });
  assert.throws(() => lockedPackages(text), /a@1\.0\.0 in an unknown form/);
});

Deno.test("the bill of materials names what the program needs itself, and the runtime", () => {
  const packages = lockedPackages(LOCK).map((item) => ({ ...item, licence: "MIT", texts: [] }));
  const bill = billOfMaterials({ version: "1.0.0", time: 0, runtime: "2.9.6", packages });
  assert.deepEqual(bill.dependencies[0], {
    ref: "appservice-mxisd@1.0.0",
    dependsOn: ["pkg:npm/%40scope/a@1.0.0", "pkg:npm/c@1.0.0", "deno@2.9.6"],
  });
  assert.equal(bill.metadata.timestamp, "1970-01-01T00:00:00.000Z");
  const same = billOfMaterials({ version: "1.0.0", time: 0, runtime: "2.9.6", packages });
  assert.equal(bill.serialNumber, same.serialNumber);
  const other = billOfMaterials({ version: "1.0.1", time: 0, runtime: "2.9.6", packages });
  assert.notEqual(bill.serialNumber, other.serialNumber);
});

Deno.test("every package that is locked has a licence, and nearly every one its text", async () => {
  const lock = await Deno.readTextFile(new URL("../../../deno.lock", import.meta.url));
  const packages = await readLicences(lockedPackages(lock));
  assert.deepEqual(packages.filter(({ licence }) => licence === undefined), []);
  const text = licenceDocument(packages);
  for (const { name, version } of packages) assert.ok(text.includes(`${name} ${version} (`), name);
  assert.match(text, /Copyright .*Colin McDonnell/);
});

Deno.test("text in a manual page is not taken for requests or escapes", () => {
  assert.equal(plain(".so /etc/passwd"), "\\&.so /etc/passwd");
  assert.equal(plain("a\n'b \\n"), "a\n\\&'b \\en");
  assert.equal(plain("--help"), "\\-\\-help");
  assert.equal(request("SH", 'a "b"'), '.SH "a \\(dqb\\(dq"');
});

Deno.test("every command has a manual page with its options", () => {
  const pages = manPages("1.0.0", "2027-01-31");
  assert.equal(pages.size, Object.keys(PARSERS).length + 1);
  for (const name of Object.keys(PARSERS)) {
    const page = pages.get(`appservice-mxisd-${name}.1`) ?? "";
    assert.match(
      page,
      new RegExp(`^\\.SH "NAME"\nappservice.*${plain(name).slice(-3)}.* \\\\- `, "m"),
    );
    assert.ok(page.includes("\\-c/\\-\\-config FILE"), name);
  }
  const storage = pages.get("appservice-mxisd-storage.1") ?? "";
  assert.match(storage, /^\.SS "storage migrate"\nappservice\\-mxisd storage migrate /m);
  assert.match(storage, /^\.TP\n\\fB\\-\\-from KIND\\fR\n.* One of sqlite, postgresql\.$/m);
});
