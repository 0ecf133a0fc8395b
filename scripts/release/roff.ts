/**
 * Writes manual pages (man(7)).
 *
 * @module
 */

/** Text as it is to be read: nothing in it is taken for a request or an escape. */
export function plain(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-")
    // At the start of a line these begin a request.
    .replaceAll(/^([.'])/gm, "\\&$1");
}

/** Text in bold type. */
export function bold(text: string): string {
  return `\\fB${plain(text)}\\fR`;
}

/** A request with its arguments, each one in quotes. */
export function request(name: string, ...args: readonly string[]): string {
  return [`.${name}`, ...args.map((text) => `"${text.replaceAll('"', "\\(dq")}"`)].join(" ");
}

/** A tagged paragraph: a term, and what it means. */
export function tagged(term: string, text: string): string {
  return `.TP\n${term}\n${text === "" ? "\\&" : text}`;
}
