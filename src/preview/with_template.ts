/**
 * Replaces the template that the settings name.
 *
 * @module
 */

import { sender } from "../app/brand.ts";
import type { Settings } from "../config/sections/settings.ts";

/**
 * The settings with another template, a folder or an `.eml` file, instead of the configured ones;
 * without a path, with the built-in templates.
 * The handler is then `raw`, whatever it was: SendGrid's does not take such a file.
 */
export function withTemplate(
  settings: Settings,
  path: string | undefined,
  kind: "file" | "folder",
): Settings {
  const { notify, notification, threepid } = settings;
  const { email } = threepid.medium;
  const { template } = email.generators;
  const { address: from, name } = sender(settings);
  const generic = { ...template.generic, matrixId: kind === "file" ? path : undefined };
  const generators = { ...email.generators, template: { ...template, generic } };
  return {
    ...settings,
    notify: { ...notify, templates: kind === "folder" ? path : undefined },
    notification: { ...notification, handler: { ...notification.handler, email: "raw" } },
    threepid: {
      ...threepid,
      medium: {
        ...threepid.medium,
        email: { ...email, identity: { ...email.identity, from, name }, generators },
      },
    },
  };
}
