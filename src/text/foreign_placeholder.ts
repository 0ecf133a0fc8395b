/**
 * Recognizes placeholders in the notation of other programs, which would be taken literally.
 *
 * @module
 */

// What stands for a person in printf-like notations, as in `%s`, `%u` and `%uid`. Other words after a
// percent sign are prose, or percent-encoded characters.
const AFTER_PERCENT = "[A-Za-z]|[0-9]|uid|user(?:name)?|login|name|mail|email|localpart|mxid|3pid";

const FOREIGN = new RegExp(
  [
    String.raw`\{\{[^{}]*\}\}`, // Jinja, Handlebars, Liquid
    String.raw`[$%#]\{[^{}]*\}`, // shells, Spring, Ruby
    String.raw`%\(\w+\)s?`, // Python
    String.raw`%[A-Z][A-Z0-9_]*%`, // mxisd, Windows
    String.raw`%(?:${AFTER_PERCENT})(?![\w%])`,
    String.raw`\{(?:[0-9]+|[A-Za-z_]\w*(?::\w*)?)\}`, // Java, Python
    String.raw`(?<![\w$)])\$(?:[A-Za-z_]\w*|[0-9]\b)`, // shells, PHP
    String.raw`<[A-Za-z_]+>`,
  ].join("|"),
);

/** The first placeholder in the notation of another program, if the text contains one. */
export function foreignPlaceholder(text: string): string | undefined {
  return FOREIGN.exec(text)?.[0];
}
