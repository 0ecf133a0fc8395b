/**
 * Describes YAML errors in an administrator's words.
 *
 * @module
 */

import type { ErrorCode, YAMLError } from "yaml";

/** A value that begins with `&`, which YAML reads as an anchor. */
export const QUOTE_AMPERSAND = "a value cannot begin with an ampersand: put the value in quotes";

/** A value that begins with `*`, which YAML reads as an alias. */
export const QUOTE_ASTERISK = "a value cannot begin with an asterisk: put the value in quotes";

// The parser's own messages are never shown: they repeat the text, which may contain passwords.
const MESSAGES: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_SCALAR_START: "a value cannot begin with this character: put the value in quotes",
  TAB_AS_INDENT: "the indentation contains a tab: use spaces",
  BAD_INDENT: "the indentation does not match the lines above, or a bracket is not closed",
  BLOCK_AS_IMPLICIT_KEY: "a key is not possible here: check the indentation, and put a value " +
    'that contains ": " in quotes',
  MULTILINE_IMPLICIT_KEY: "a key must be on one line: check the indentation of the lines around it",
  MISSING_CHAR: "a colon after a key, a closing quotation mark, a bracket or a comma is missing",
  BAD_DQ_ESCAPE: "a backslash between double quotes begins an escape: write two, or use single " +
    "quotes",
  MULTIPLE_DOCS: "a second document begins here: a configuration is one document, without ---",
  TAG_RESOLVE_FAILED: "a value cannot begin with an exclamation mark: put the value in quotes",
  RESOURCE_EXHAUSTION: "brackets are nested too deeply",
  MULTIPLE_ANCHORS: QUOTE_AMPERSAND,
  BAD_DIRECTIVE: "a line cannot begin with a percent sign: put the value in quotes",
};

/** The message for an error of the YAML parser. */
export function describeYamlError(error: YAMLError): string {
  return MESSAGES[error.code] ??
    "this is not valid YAML: check quotes, colons and indentation here";
}
