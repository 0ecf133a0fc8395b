/**
 * Advises what to do with a registration file.
 *
 * @module
 */

import { printable } from "../../text/printable.ts";

/** The next steps at the homeserver, after a file was written. */
export function nextSteps(file: string): string {
  return `${printable(file)} is written, readable by its owner and group. Next steps:

  - Allow the homeserver to read it. For Synapse on Debian:

        chown :matrix-synapse ${inShell(file)}

  - Add it to Synapse's homeserver.yaml:

        app_service_config_files:
          - ${inYaml(file)}

  - Restart the homeserver: it reads registrations only when it starts.`;
}

/** How this service gets the tokens of a registration file. */
export function linkAdvice(file: string): string {
  return `
  - Add it to this service's configuration, which then reads the tokens from it:

        appsvc:
          registration:
            synapse:
              file: ${inYaml(file)}`;
}

const PLAIN = /^[\w/.+-]+$/;

function inShell(file: string): string {
  return PLAIN.test(file) ? file : printable(`'${file.replaceAll("'", String.raw`'\''`)}'`);
}

function inYaml(file: string): string {
  return PLAIN.test(file) ? file : printable(JSON.stringify(file));
}
