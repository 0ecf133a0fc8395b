/**
 * Which languages a browser asks for.
 *
 * @module
 */

// Nobody speaks more, and what a stranger sends is not all looked at.
const MOST = 10;
const LONGEST = 200;

/** The tags of an `Accept-Language` field (RFC 9110, section 12.5.4), the one liked best first. */
export function acceptedLanguages(field: string | undefined): readonly string[] {
  const accepted = (field ?? "").slice(0, LONGEST).split(",").slice(0, MOST).flatMap((range) => {
    const match = /^\s*([A-Za-z0-9-]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/.exec(range);
    const [, tag = "", quality = "1"] = match ?? [];
    return match && Number(quality) > 0 ? [{ tag, quality: Number(quality) }] : [];
  });
  return accepted.sort((one, other) => other.quality - one.quality).map(({ tag }) => tag);
}
