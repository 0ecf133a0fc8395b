/**
 * Reads the permissions of the program from the task `start`.
 *
 * @module
 */

/**
 * The flags of `deno run` in the task `start` of deno.json, which are the permissions of the program.
 * Executables are compiled with the same flags, and the end-to-end tests use them.
 *
 * @throws {Error} When the task does not run main.ts with flags.
 */
export async function programFlags(): Promise<readonly string[]> {
  const text = await Deno.readTextFile(new URL("../deno.json", import.meta.url));
  const start: unknown = JSON.parse(text).tasks?.start;
  const command = typeof start === "string" ? start : "";
  // The quotes protect MXISD_* from the shell of the task.
  const words = command.split(" ").map((word) => word.replaceAll(/^'|'$/g, ""));
  const main = words.indexOf("main.ts");
  if (words[0] !== "deno" || words[1] !== "run" || main < 3) {
    throw new Error("The task start in deno.json is not: deno run FLAGS main.ts");
  }
  return words.slice(2, main);
}
