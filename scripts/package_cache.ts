/**
 * Where Deno keeps the packages of npm.
 *
 * @module
 */

/** The folder with a folder for each registry of npm. */
export async function packageCache(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).npmCache;
}
