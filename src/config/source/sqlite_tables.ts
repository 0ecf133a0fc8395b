/**
 * Lists the tables of a SQLite database, which tell whose it is.
 *
 * SQLite would leave files beside it even when it only reads: a `-wal` and a `-shm` that belong to
 * the user who checks a configuration, and that lock the database's owner out. So the few bytes that
 * are needed are read from the file itself (https://www.sqlite.org/fileformat2.html).
 *
 * @module
 */

/** The file is not a SQLite database. */
export class NotADatabase extends Error {
  /** The name of this kind of error. */
  override readonly name = "NotADatabase";
}

const MAGIC = "SQLite format 3\0";
const HEADER_BYTES = 100; // on the first page, before the page's own header
const INTERIOR = 5;
const LEAF = 13;
const MAX_PAGES = 10_000; // of the schema; Synapse has a few dozen
const ENCODINGS = ["utf-8", "utf-16le", "utf-16be"] as const;

/**
 * The names of the tables, `undefined` when there is no file yet, or an empty one. Nothing is
 * written or locked; tables that are only in a write-ahead log are not seen.
 *
 * @throws {NotADatabase} When the file is not a SQLite database.
 */
export function databaseTables(path: string): readonly string[] | undefined {
  let information: Deno.FileInfo;
  try {
    information = Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  if (!information.isFile) throw new NotADatabase("not a file");
  if (information.size === 0) return undefined;
  using file = Deno.openSync(path);
  const header = readAt(file, 0, HEADER_BYTES);
  if (new TextDecoder("latin1").decode(header.buffer.slice(0, 16)) !== MAGIC) {
    throw new NotADatabase("not a SQLite database");
  }
  const size = header.getUint16(16) === 1 ? 65_536 : header.getUint16(16);
  const decoder = new TextDecoder(ENCODINGS[header.getUint32(56) - 1] ?? "utf-8");
  try {
    return namesOf((page) => readAt(file, (page - 1) * size, size), decoder);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new NotADatabase("a damaged SQLite database", { cause: error });
  }
}

// The schema is a table itself, which begins on the first page.
function namesOf(readPage: (page: number) => DataView, decoder: TextDecoder): string[] {
  const names: string[] = [];
  const pages = [1];
  const seen = new Set(pages);
  for (const number of pages) {
    const page = readPage(number);
    const start = number === 1 ? HEADER_BYTES : 0;
    const kind = page.getUint8(start);
    if (kind !== INTERIOR && kind !== LEAF) throw new RangeError("not a page of a table");
    const pointers = start + (kind === INTERIOR ? 12 : 8);
    const children = kind === INTERIOR ? [page.getUint32(start + 8)] : [];
    for (let cell = 0; cell < page.getUint16(start + 3); cell++) {
      const offset = page.getUint16(pointers + 2 * cell);
      if (kind === INTERIOR) children.push(page.getUint32(offset));
      else names.push(...tableName(page, offset, decoder));
    }
    for (const child of children) {
      if (seen.has(child) || seen.size > MAX_PAGES) throw new RangeError("pages form a circle");
      seen.add(child);
      pages.push(child);
    }
  }
  return names;
}

// A row of the schema: its length and number, the lengths of its columns, then the columns, of
// which the first is the kind of thing ("table") and the second its name.
function tableName(page: DataView, cell: number, decoder: TextDecoder): string[] {
  const [, number] = varint(page, cell);
  const [, record] = varint(page, number);
  const [headerLength, first] = varint(page, record);
  const [kindType, second] = varint(page, first);
  const [nameType] = varint(page, second);
  const kindStart = record + headerLength;
  const nameStart = kindStart + textLength(kindType);
  const slice = (start: number, length: number) =>
    decoder.decode(new Uint8Array(page.buffer, start, length));
  if (slice(kindStart, textLength(kindType)) !== "table") return [];
  return [slice(nameStart, textLength(nameType))];
}

function textLength(serialType: number): number {
  if (serialType < 13 || serialType % 2 === 0) throw new RangeError("not a text");
  return (serialType - 13) / 2;
}

// Seven bits per byte, the highest first. Numbers of eight and nine bytes do not occur in a schema.
function varint(page: DataView, offset: number): [value: number, next: number] {
  let value = 0;
  for (let index = offset; index < offset + 7; index++) {
    const byte = page.getUint8(index);
    value = value * 128 + (byte & 127);
    if (byte < 128) return [value, index + 1];
  }
  throw new RangeError("not a number of this size");
}

function readAt(file: Deno.FsFile, offset: number, length: number): DataView<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let filled = 0; filled < length;) {
    const count = file.readSync(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return new DataView(bytes.buffer);
}
