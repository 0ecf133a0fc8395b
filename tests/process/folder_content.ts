/**
 * What is in a folder, to see whether a program has changed anything.
 *
 * @module
 */

/** The files and folders in a folder by their path, with what a program could change. */
export async function folderContent(folder: string): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const { mode, mtime, ino } = await Deno.lstat(path);
    content[name] = `${ino} 0${mode?.toString(8)} ${mtime?.toISOString()}`;
    if (isDirectory) {
      for (const [inner, what] of Object.entries(await folderContent(path))) {
        content[`${name}/${inner}`] = what;
      }
    } else {
      content[name] += ` ${(await Deno.readFile(path)).toHex()}`;
    }
  }
  return content;
}
