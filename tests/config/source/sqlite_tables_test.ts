import fc from "fast-check";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { databaseTables, NotADatabase } from "../../../src/config/source/sqlite_tables.ts";
import { makeMemoryFolder } from "../../fakes/system/memory_folder.ts";
import { runs } from "../../thorough.ts";

async function inFolder(work: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await makeMemoryFolder();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("the names are those that SQLite returns, for small and large schemas and pages", async () => {
  await inFolder((folder) => {
    for (
      const [count, pageSize, encoding] of [
        [0, 4096, "UTF-8"],
        [1, 512, "UTF-8"],
        [300, 512, "UTF-8"],
        [300, 65_536, "UTF-8"],
        [40, 4096, "UTF-16le"],
        [40, 1024, "UTF-16be"],
      ] as const
    ) {
      const file = `${folder}/${count}-${pageSize}-${encoding}.db`;
      using database = new DatabaseSync(file);
      database.exec(`PRAGMA page_size = ${pageSize}; PRAGMA encoding = '${encoding}'; VACUUM`);
      database.exec("BEGIN");
      for (let index = 0; index < count; index++) {
        database.exec(`CREATE TABLE "tä${index}" (${"x".repeat(index * 3)}y TEXT)`);
        database.exec(`CREATE INDEX "i${index}" ON "tä${index}" (${"x".repeat(index * 3)}y)`);
      }
      database.exec("CREATE VIEW v AS SELECT 1; COMMIT");
      const rows = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
      assert.deepEqual(databaseTables(file)?.toSorted(), rows.map(({ name }) => name).toSorted());
    }
  });
});

Deno.test("nothing is written beside a database with a write-ahead log", async () => {
  await inFolder((folder) => {
    const file = `${folder}/mxisd.db`;
    {
      using database = new DatabaseSync(file);
      database.exec("PRAGMA journal_mode = WAL; CREATE TABLE meta (key)");
    }
    assert.deepEqual(names(folder), ["mxisd.db"]);
    assert.deepEqual(databaseTables(file), ["meta"]);
    assert.deepEqual(names(folder), ["mxisd.db"]);
  });
});

Deno.test("any file that is not a database is reported as such", async () => {
  await inFolder((folder) => {
    const file = `${folder}/mxisd.db`;
    using database = new DatabaseSync(file);
    database.exec("CREATE TABLE meta (key)");
    const intact = Deno.readFileSync(file);
    const damage = fc.array(fc.tuple(fc.nat(intact.length - 1), fc.nat(255)), { maxLength: 20 });
    fc.assert(
      fc.property(damage, fc.nat(intact.length), (changes, length) => {
        const bytes = intact.slice(0, Math.max(1, length));
        for (const [index, value] of changes) if (index < bytes.length) bytes[index] = value;
        Deno.writeFileSync(`${folder}/damaged.db`, bytes);
        try {
          assert.ok(Array.isArray(databaseTables(`${folder}/damaged.db`)));
        } catch (error) {
          assert.ok(error instanceof NotADatabase, String(error));
        }
      }),
      runs(100),
    );
  });
});

Deno.test("no file and an empty one have no tables yet, and a folder is no database", async () => {
  await inFolder((folder) => {
    assert.equal(databaseTables(`${folder}/none.db`), undefined);
    Deno.writeFileSync(`${folder}/empty.db`, new Uint8Array());
    assert.equal(databaseTables(`${folder}/empty.db`), undefined);
    assert.throws(() => databaseTables(folder), NotADatabase);
  });
});
