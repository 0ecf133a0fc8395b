/**
 * Certificates that their own keys sign.
 *
 * @module
 */

import { steadyClock } from "../../process/faked_clock.ts";
import { runToEnd } from "../../process/run_to_end.ts";
import type { Site } from "./site.ts";

/**
 * Makes one for a host, and writes it to `HOST.pem` in the folder.
 *
 * @param from The day from which it is valid, for 30 days. Default: today.
 */
export async function selfSigned(site: Site, host: string, from?: string) {
  const [certificate, key] = [site.path(`${host}.pem`), site.path(`${host}.key`)];
  const address = host === "localhost" ? ",IP:127.0.0.1" : "";
  const { code, errors } = await runToEnd([
    ...["/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"] as const,
    ...["ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", `/CN=${host}`],
    ...["-addext", `subjectAltName=DNS:${host}${address}`],
    ...["-keyout", key, "-out", certificate],
  ], { env: from === undefined ? {} : steadyClock(`@${from} 00:00:00`) });
  if (code !== 0) throw new Error(`openssl: ${errors}`);
  return { cert: await Deno.readTextFile(certificate), key: await Deno.readTextFile(key) };
}
