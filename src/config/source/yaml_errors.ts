/**
 * What is wrong with a text that is no YAML, in an administrator's words.
 *
 * @module
 */

import type { ErrorCode, YAMLError } from "yaml";

// The parser's own messages are never shown: they repeat the text, and there are passwords in it.
const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_SCALAR_START: "a text cannot begin with this character: put the text in quotes",
  TAB_AS_INDENT: "a tab stands in the indentation: write spaces",
  BAD_INDENT: "the indentation does not fit what stands above, or a bracket is not closed",
  BLOCK_AS_IMPLICIT_KEY: "there is no room for a key here: check the indentation, and put a text " +
    'that contains ": " in quotes',
  MULTILINE_IMPLICIT_KEY: "a key must be on one line: check the indentation of the lines around it",
  MISSING_CHAR: "a colon after a key, a closing quotation mark, a bracket or a comma is missing",
  BAD_DQ_ESCAPE: "a backslash between double quotes begins an escape: write two, or single quotes",
  MULTIPLE_DOCS: "a second document begins here: a configuration is one document, without ---",
  TAG_RESOLVE_FAILED: "a text cannot begin with an exclamation mark: put the text in quotes",
  RESOURCE_EXHAUSTION: "brackets are nested too deeply",
  MULTIPLE_ANCHORS: "a text cannot begin with an ampersand: put the text in quotes",
  BAD_DIRECTIVE: "a line cannot begin with a percent sign: put the text in quotes",
};

/** What to tell about a place that the YAML parser stumbled over. */
export function describeMistake(error: YAMLError): string {
  return WORDS[error.code] ?? "this is no YAML: check quotes, colons and indentation here";
}
