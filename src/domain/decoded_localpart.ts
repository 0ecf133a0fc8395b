/**
 * Names that were encoded as localparts, as homeservers do for people who log in elsewhere (SSO).
 *
 * @module
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The name of which the localpart is the encoding (specification, appendices, "Mapping from other
 * character sets"): `eve@example.org` for `eve=40example.org`. A localpart that is not such an
 * encoding is returned as it is: otherwise several users would have one name, and anybody who may
 * choose their localpart, such as `=65ve`, could pass for another person.
 */
export function decodedLocalpart(localpart: string): string {
  const decoded = decode(localpart);
  return decoded !== undefined && encode(decoded) === localpart ? decoded : localpart;
}

function decode(localpart: string): string | undefined {
  const bytes = localpart.split(/(=[0-9a-f]{2})/).map((part) =>
    /^=[0-9a-f]{2}$/.test(part) ? Uint8Array.fromHex(part.slice(1)) : encoder.encode(part)
  );
  try {
    return decoder.decode(Uint8Array.from(bytes.flatMap((part) => [...part])));
  } catch {
    return undefined;
  }
}

// As Synapse does it: also an underscore at the beginning. Upper case, which only old localparts
// have, stays.
function encode(name: string): string {
  return [...encoder.encode(name)].map((byte, index) => {
    const character = String.fromCharCode(byte);
    const kept = index === 0 ? /[A-Za-z0-9./+-]/ : /[A-Za-z0-9._/+-]/;
    return kept.test(character) ? character : `=${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}
