/**
 * Replaces the hs_token in the text of a registration.
 *
 * @module
 */

import { isScalar, parseDocument, Scalar } from "yaml";
import { parseRegistration } from "./parse.ts";

/**
 * The text with another hs_token; all else stays, comments as well. `undefined` if the text is no
 * registration, or so unusual that more would change.
 */
export function withHsToken(text: string, token: string): string | undefined {
  const before = parseRegistration(text);
  if (before.kind === "broken") return undefined;
  const document = parseDocument(text, { prettyErrors: false });
  const old = document.get("hs_token", true);
  const scalar = isScalar(old) ? old : new Scalar(token);
  scalar.value = token;
  scalar.type = Scalar.QUOTE_SINGLE;
  document.set("hs_token", scalar);
  let changed: string;
  try {
    changed = document.toString({ lineWidth: 0 });
  } catch {
    return undefined; // An alias in the file refers to the value that was replaced.
  }
  const after = parseRegistration(changed);
  if (after.kind === "broken") return undefined;
  const { hs_token, ...rest } = after.registration;
  const { hs_token: _, ...expected } = before.registration;
  const isAsIntended = hs_token.reveal() === token &&
    rest.as_token.reveal() === expected.as_token.reveal() &&
    JSON.stringify(rest) === JSON.stringify(expected);
  return isAsIntended ? changed : undefined;
}
