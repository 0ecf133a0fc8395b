/**
 * Lets the options of every command stand before the command as well.
 *
 * @module
 */

// What has no options of its own: the global ones are dropped.
const WITHOUT_OPTIONS: readonly string[] = ["help", "completion", "--help", "--version"];

/** The arguments with the global options in front of the command moved behind it. */
export function moveGlobalOptions(args: readonly string[]): readonly string[] {
  const count = countLeading(args);
  const [globals, rest] = [args.slice(0, count), args.slice(count)];
  const [command] = rest;
  if (globals.length === 0 || command === undefined) return args;
  if (WITHOUT_OPTIONS.includes(command)) return rest;
  // Without a command it is an unknown option, which is reported as it was written.
  if (command.startsWith("-")) return args;
  const end = rest.indexOf("--");
  return end < 0 ? [...rest, ...globals] : rest.toSpliced(end, 0, ...globals);
}

function countLeading(args: readonly string[]): number {
  let count = 0;
  while (count < args.length) {
    const word = args[count] ?? "";
    if (/^-v+$/.test(word) || /^--config=/.test(word)) count += 1;
    else if (/^(?:-c|--config)$/.test(word) && count + 1 < args.length) count += 2;
    else break;
  }
  return count;
}
