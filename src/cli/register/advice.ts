/**
 * Advises what to do with a registration file.
 *
 * @module
 */

import { printable } from "../../text/printable.ts";
import { shellWord } from "../../text/shell_word.ts";

/** The next steps at the homeserver, after a file was written. */
export function nextSteps(file: string): string {
  return `${printable(file)} is written, readable by its owner and group. Next steps:

  - Allow the homeserver to read it. For Synapse on Debian:

        chown :matrix-synapse ${shellWord(file)}

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

/** How this service reads its files again: it can be told to without a restart (`server.reload`). */
export function readAgain(reloads: boolean): string {
  if (reloads) return "Reload this service: systemctl reload appservice-mxisd, or SIGHUP.";
  return `Restart this service. If it was started with --reload, as the packaged unit does, it is
    enough to reload it: systemctl reload appservice-mxisd.`;
}

/** A path as YAML reads it. */
export function inYaml(file: string): string {
  return /^[\w/.+-]+$/.test(file) ? file : printable(JSON.stringify(file));
}
