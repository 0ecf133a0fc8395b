import assert from "node:assert/strict";
import { readBytes, ReadError, readText } from "../../src/system/read_file.ts";

const LIMITS = { maxBytes: 2 ** 20 };

async function inFolder(work: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function reasonOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof ReadError) return error.reason;
    throw error;
  }
  return "it was read";
}

Deno.test("a file's bytes and its text without a byte order mark are read", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/text`;
    await Deno.writeTextFile(file, "\uFEFFGrüße\n");
    assert.equal(readText(file, LIMITS), "Grüße\n");
    assert.deepEqual(readBytes(file, LIMITS).subarray(0, 3), new Uint8Array([0xEF, 0xBB, 0xBF]));
  });
});

Deno.test("the reason why a file cannot be read has its path", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "more than four bytes");
    await Deno.writeFile(`${folder}/latin-1`, new Uint8Array([0xFC]));
    const reasons: readonly (readonly [path: string, reason: string])[] = [
      ["missing", "it does not exist"],
      ["", "it is a folder"],
      ["file/below", "part of its path is not a folder"],
      ["latin-1", "it is not UTF-8 text"],
    ];
    for (const [path, reason] of reasons) {
      assert.equal(reasonOf(() => readText(`${folder}/${path}`, LIMITS)), reason);
    }
    const small = { maxBytes: 4 };
    assert.equal(
      reasonOf(() => readBytes(`${folder}/file`, small)),
      "it is larger than 4 bytes",
    );
    assert.throws(() => readBytes(`${folder}/\u202Ex`, LIMITS), {
      name: "ReadError",
      message: `"${folder}/\\u{202e}x" cannot be read: it does not exist`,
    });
  });
});

Deno.test("a device is not read, and a pipe only where it may be", async () => {
  assert.equal(reasonOf(() => readBytes("/dev/zero", LIMITS)), "it is not a regular file");
  await inFolder(async (folder) => {
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    assert.equal(reasonOf(() => readBytes(pipe, LIMITS)), "it is not a regular file");
    const writer = new Deno.Command("sh", { args: ["-c", `echo secret > '${pipe}'`] }).spawn();
    assert.equal(readText(pipe, { ...LIMITS, pipe: true }), "secret\n");
    await writer.status;
  });
});
