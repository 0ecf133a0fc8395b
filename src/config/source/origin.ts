/**
 * Resolves the paths and secrets in a configuration.
 *
 * @module
 */

import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Origin, PathStyle } from "../../settings/scalar.ts";
import { quoted } from "../../text/printable.ts";
import type { ConfigEnvironment } from "./environment.ts";
import type { Path } from "./positions.ts";
import type { Report } from "./report.ts";

/**
 * The origin of a scalar in a configuration; `file` is the configuration's absolute path. The report
 * gets a warning when the relative path of a key of mxisd exists only beside the configuration.
 */
export function originOf(
  environment: ConfigEnvironment,
  file: string,
  path: Path,
  report: Report,
): Origin {
  const folder = dirname(file);
  return {
    resolve(written: string, style: PathStyle): string {
      if (isAbsolute(written)) return resolve(written);
      const beside = resolve(folder, written);
      const here = resolve(environment.cwd, written);
      if (style === "folder" || here === beside) return beside;
      if (!environment.exists(here) && environment.exists(beside)) {
        const where = `${quoted(written)} is relative to the working directory`;
        report.add("warning", path, `${where}, but is beside this file: write ${quoted(beside)}`);
      }
      return here;
    },
    readSecret(written: string): string {
      const credentials = environment.env("CREDENTIALS_DIRECTORY");
      if (credentials && isCredentialName(written)) {
        // First, because the file beside the configuration may be for the administrator alone.
        const given = join(credentials, written);
        if (environment.exists(given)) return environment.readText(given);
      }
      return environment.readText(resolve(folder, written));
    },
    env: (name) => environment.env(name),
  };
}

// Credentials have plain names (systemd.exec, LoadCredential=).
function isCredentialName(name: string): boolean {
  return !name.includes("/") && name !== "." && name !== "..";
}
