/**
 * What is left to do about a registration file.
 *
 * @module
 */

import { printable } from "../../text/printable.ts";

/** What to do at the homeserver with a file that was just written. */
export function nextSteps(file: string): string {
  return `${printable(file)} is written, readable by its owner and group. What comes next:

  - Let the homeserver read it. For Synapse, as Debian installs it:

        chown :matrix-synapse ${inShell(file)}

  - Name it in Synapse's homeserver.yaml:

        app_service_config_files:
          - ${inYaml(file)}

  - Restart the homeserver: it reads registrations only when it starts.`;
}

/** How this service gets the tokens that stand in a registration file. */
export function linkAdvice(file: string): string {
  return `
  - Name it in this service's configuration too, which takes the tokens from it:

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
