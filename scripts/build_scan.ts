/**
 * Compiles src/notify/accept/body_scan.wat into the module beside it that holds its bytes, so that the
 * program needs neither a compiler nor a file.
 *
 * Usage: deno task build:scan
 *
 * @module
 */

import openWabt from "wabt";

const SOURCE = new URL("../src/notify/accept/body_scan.wat", import.meta.url);

/** The module that holds the compiled bytes. */
export const TARGET: URL = new URL("../src/notify/accept/body_scan_wasm.ts", import.meta.url);

const LINE_CHARS = 90;

if (import.meta.main) await Deno.writeTextFile(TARGET, await compileScan());

/** The text of the module. */
export async function compileScan(): Promise<string> {
  const { parseWat } = await openWabt();
  const parsed = parseWat("body_scan.wat", await Deno.readTextFile(SOURCE), { simd: true });
  try {
    const { buffer } = parsed.toBinary({});
    const lines = buffer.toBase64().match(new RegExp(`.{1,${LINE_CHARS}}`, "g")) ?? [];
    return [
      "/**",
      " * The compiled body_scan.wat; `deno task build:scan` writes it.",
      " *",
      " * @module",
      " */",
      "",
      "/** A WebAssembly module, in base64. */",
      `export const BODY_SCAN_WASM: string =`,
      lines.map((line) => `  "${line}"`).join(" +\n") + ";",
      "",
    ].join("\n");
  } finally {
    parsed.destroy();
  }
}
