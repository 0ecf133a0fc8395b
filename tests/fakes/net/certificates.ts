/**
 * Certificates for tests, valid until 2120. Their keys are published here, and good for nothing.
 *
 * @module
 */

function read(name: string): string {
  return Deno.readTextFileSync(new URL(`certificates/${name}`, import.meta.url));
}

/** The authority that signed the others. */
export const CA: string = read("ca.pem");
/** An authority that signed nothing. */
export const UNRELATED_CA: string = read("unrelated_ca.pem");
/** For localhost, 127.0.0.1 and ::1. */
export const LOCALHOST: { readonly cert: string; readonly key: string } = {
  cert: read("localhost.pem"),
  key: read("localhost.key"),
};
/** For mail.example.net, which is never where it is shown. */
export const ELSEWHERE: { readonly cert: string; readonly key: string } = {
  cert: read("elsewhere.pem"),
  key: read("elsewhere.key"),
};
