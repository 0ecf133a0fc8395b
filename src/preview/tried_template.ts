/**
 * Trying a template that is not in the configuration.
 *
 * @module
 */

import type { Settings } from "../config/settings.ts";

/** The settings with another template, and none of those that they name. */
export function withTemplate(settings: Settings, path: string, kind: "file" | "folder"): Settings {
  const { notify, threepid } = settings;
  const { email } = threepid.medium;
  const { template } = email.generators;
  const generic = { ...template.generic, matrixId: kind === "file" ? path : undefined };
  return {
    ...settings,
    notify: { ...notify, templates: kind === "folder" ? path : undefined },
    threepid: {
      ...threepid,
      medium: {
        ...threepid.medium,
        email: {
          ...email,
          generators: { ...email.generators, template: { ...template, generic } },
        },
      },
    },
  };
}
