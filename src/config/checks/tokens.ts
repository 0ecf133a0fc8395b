/**
 * Checks the strength of secrets, and whether requests can carry the tokens.
 *
 * @module
 */

import { REDACTED, type Secret } from "../../settings/secret.ts";
import { quoted } from "../../text/printable.ts";
import type { Registration } from "../registration/parse.ts";
import type { Settings } from "../sections/settings.ts";
import type { Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

const MIN_SECRET_CHARS = 16;

// Examples in documentation that people copy.
const PUBLISHED = /change.?me|^example|^your[_-]|^(?:as|hs)_?token$/i;

// The characters that need no encoding in a query (RFC 3986): some homeservers send the token there.
const URL_SAFE = /^[A-Za-z0-9._~!$'()*,;:@/-]+$/;

const AS_TOKEN = ["appsvc", "endpoint", "toHS", "token"];
const HS_TOKEN = ["appsvc", "endpoint", "toAS", "token"];
const PREVIOUS_TOKEN = ["appsvc", "endpoint", "toAS", "previousToken"];

/** Warns of tokens that are weak or published, and refuses those that no request can carry. */
export function checkTokens({ appsvc, notify }: Partial<Settings>, report: Report): void {
  const asToken = appsvc?.endpoint.toHS.token;
  const hsToken = appsvc?.endpoint.toAS.token;
  const previous = appsvc?.endpoint.toAS.previousToken;
  const tokens = [[AS_TOKEN, asToken], [HS_TOKEN, hsToken], [PREVIOUS_TOKEN, previous]] as const;
  for (const [path, token] of tokens) {
    if (token) checkToken(path, token, report);
  }
  if (previous) {
    const same = previous.reveal() === hsToken?.reveal();
    const message = same
      ? "is still the token: 'appservice-mxisd register --rotate' makes a new one"
      : "both tokens are accepted: remove this one as soon as the homeserver uses the new one";
    report.add("notice", PREVIOUS_TOKEN, message);
  }
  if (notify?.secret) checkStrength(["notify", "secret"], notify.secret, report);
  if (asToken && hsToken && asToken.reveal() === hsToken.reveal()) {
    const message = "as_token and hs_token are equal: generate two different ones";
    report.add("warning", HS_TOKEN, message);
  }
}

/** Compares the tokens with those of the registration file, which the homeserver has. */
export function compareTokens(
  { appsvc }: Partial<Settings>,
  registration: Registration,
  report: Report,
): void {
  if (!appsvc) return;
  const { toHS: { token: asToken }, toAS: { token: hsToken, previousToken } } = appsvc.endpoint;
  const file = quoted(appsvc.registration.synapse.file ?? "");
  const as = registration.as_token.reveal();
  const hs = registration.hs_token.reveal();
  const asDiffers = asToken !== undefined && asToken.reveal() !== as;
  // In a rotation the homeserver may still have the previous one.
  const hsDiffers = hsToken.reveal() !== hs && previousToken?.reveal() !== hs;
  if (as !== hs && (asDiffers && asToken.reveal() === hs || hsDiffers && hsToken.reveal() === as)) {
    const message = `the two tokens are swapped, here or in ${file}: toHS.token is its as_token, ` +
      "toAS.token its hs_token";
    report.add("error", asDiffers ? AS_TOKEN : HS_TOKEN, message);
    return;
  }
  for (
    const [path, differs, name] of [
      [AS_TOKEN, asDiffers, "as_token"],
      [HS_TOKEN, hsDiffers, "hs_token"],
    ] as const
  ) {
    if (!differs) continue;
    const message =
      `differs from the ${name} in ${file}: write the same in both, or remove it here`;
    report.add("warning", path, message);
  }
}

function checkToken(path: Path, token: Secret, report: Report): void {
  const text = token.reveal();
  if (!/^[\x21-\x7e]+$/.test(text)) {
    const message = "a token cannot contain spaces, line breaks or non-ASCII characters";
    report.add("error", path, message);
    return;
  }
  checkStrength(path, token, report);
  if (!URL_SAFE.test(text)) {
    const message = "some homeservers send the token in a URL, which would change this one: use " +
      "only letters, digits, - and _";
    report.add("warning", path, message);
  }
}

function checkStrength(path: Path, secret: Secret, report: Report): void {
  const text = secret.reveal();
  const which = nameInFile(path, report);
  if (text === REDACTED) {
    const message = `${REDACTED} is only a placeholder: write the secret itself`;
    report.add("warning", path, message);
  } else if (PUBLISHED.test(text)) {
    const message = `${which ?? "this"} is a published example: generate a secret of your own`;
    report.add("warning", path, message);
  } else if (text.length < MIN_SECRET_CHARS) {
    const message = `${which === undefined ? "" : `${which} `}has fewer than ` +
      `${MIN_SECRET_CHARS} characters and can be guessed: generate a longer one`;
    report.add("warning", path, message);
  }
}

// Which token of the registration, where it is from there.
function nameInFile(path: Path, report: Report): string | undefined {
  if (report.positions.nearest(path).written.at(-1) !== "file") return undefined;
  return path.includes("toHS") ? "its as_token" : "its hs_token";
}
