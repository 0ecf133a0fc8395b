/**
 * Judges the secrets that the homeserver and the service recognise each other by.
 *
 * @module
 */

import type { Secret } from "../../settings/secret.ts";
import { REDACTED } from "../../settings/secret.ts";
import type { Settings } from "../sections/settings.ts";
import type { Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

const SHORTEST = 16;

// What documents print for everybody to copy, and what `config dump` prints in a secret's place.
const PUBLISHED = /change.?me|^example|^your[_-]|^(?:as|hs)_?token$/i;

// RFC 3986: what may stand in a query as it is, which is how some homeservers still send it.
const URL_SAFE = /^[A-Za-z0-9._~!$'()*,;:@/-]+$/;

const AS_TOKEN = ["appsvc", "endpoint", "toHS", "token"];
const HS_TOKEN = ["appsvc", "endpoint", "toAS", "token"];

/** Warns of tokens that can be guessed or are known, and refuses what no request can carry. */
export function checkTokens({ appsvc, notify }: Partial<Settings>, report: Report): void {
  const asToken = appsvc?.endpoint.toHS.token;
  const hsToken = appsvc?.endpoint.toAS.token;
  for (const [path, token] of [[AS_TOKEN, asToken], [HS_TOKEN, hsToken]] as const) {
    if (token) checkToken(path, token, report);
  }
  if (notify?.secret) checkStrength(["notify", "secret"], notify.secret, report);
  if (asToken && hsToken && asToken.reveal() === hsToken.reveal()) {
    const message = "the as_token and the hs_token are equal: make two different ones";
    report.add("warning", HS_TOKEN, message);
  }
}

function checkToken(path: Path, token: Secret, report: Report): void {
  const text = token.reveal();
  if (!/^[\x21-\x7e]+$/.test(text)) {
    const message = "a token cannot have blanks, line breaks or letters beyond ASCII in it";
    report.add("error", path, message);
    return;
  }
  checkStrength(path, token, report);
  if (!URL_SAFE.test(text)) {
    const message = "some homeservers send the token in a URL, where this one gets damaged: take " +
      "letters, digits, - and _ only";
    report.add("warning", path, message);
  }
}

function checkStrength(path: Path, secret: Secret, report: Report): void {
  const text = secret.reveal();
  if (text === REDACTED) {
    const message = `${REDACTED} stands in the place of a secret: write the secret itself`;
    report.add("warning", path, message);
  } else if (PUBLISHED.test(text)) {
    const message = "this is a published example, which everybody knows: make a secret of your own";
    report.add("warning", path, message);
  } else if (text.length < SHORTEST) {
    const message = `has fewer than ${SHORTEST} characters and can be guessed: make a longer one`;
    report.add("warning", path, message);
  }
}
