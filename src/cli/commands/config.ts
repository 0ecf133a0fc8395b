/**
 * The commands `config check`, `config dump` and `config schema`.
 *
 * @module
 */

import { openRenderer, openStopPage, TEMPLATES_KEY } from "../../app/renderer.ts";
import type { PlaceOf } from "../../config/load.ts";
import { dumpSettings } from "../../config/schema/dump.ts";
import { settingsJsonSchema } from "../../config/schema/json_schema.ts";
import type { Settings } from "../../config/sections/settings.ts";
import { RenderError } from "../../render/port.ts";
import { printable, printableLines } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfiguration } from "../load_configuration.ts";

/**
 * Checks the configuration and its templates, and prints their problems; fails when there are errors.
 */
export async function checkConfig(context: CommandContext): Promise<ExitCode> {
  const { err, out } = context.streams;
  const loaded = await loadConfiguration(context, {
    advice: true,
    async onRefused({ usable, problems, placeOf }) {
      const faults = problems.map(({ key }) => key);
      if (rendersMail(usable) && !TEMPLATE_KEYS.some((key) => faults.includes(key))) {
        await checkTemplates(usable, placeOf, err);
      }
    },
  });
  if (!loaded || !await checkTemplates(loaded.settings, loaded.placeOf, err)) {
    return ExitCode.failed;
  }
  out(`${printable(loaded.file)} is valid.`);
  return ExitCode.ok;
}

// A file that they name is reported already when it cannot be read.
const GENERIC = "templates.generic.matrixId.body";
const TEMPLATE_KEYS = [
  ...["notify.templates", "notify.brand.logo"],
  "threepid.medium.email.generators.template.generic.matrixId",
  ...["text", "html"].map((part) => `notification.handlers.sendgrid.${GENERIC}.${part}`),
];

// Whether the sections that mails are rendered with can be read.
function rendersMail(settings: Partial<Settings>): settings is Settings {
  const { matrix, notification, threepid, notify, server } = settings;
  if (!matrix || !notification || !threepid || !notify || !server) return false;
  return threepid.medium.email.identity.from !== undefined;
}

async function checkTemplates(
  settings: Settings,
  placeOf: PlaceOf,
  err: (line: string) => void,
): Promise<boolean> {
  try {
    await openRenderer(settings, (warning) => err(printable(warning))).check();
    // Without a public URL the page is not served.
    if (settings.server.publicUrl !== undefined) await openStopPage(settings).check();
    return true;
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    const place = `${placeOf(TEMPLATES_KEY)}: ${TEMPLATES_KEY}: `;
    const withPlace = (line: string) =>
      line.startsWith(`${TEMPLATES_KEY}: `) ? place + line.slice(TEMPLATES_KEY.length + 2) : line;
    err(printableLines(error.message.split("\n").map(withPlace).join("\n")));
    return false;
  }
}

/** Prints the settings in effect, secrets redacted. */
export async function dumpConfig(context: CommandContext): Promise<ExitCode> {
  const loaded = await loadConfiguration(context);
  if (!loaded) return ExitCode.configuration;
  context.streams.out(dumpSettings(loaded.settings, loaded.storesInOrder).trimEnd());
  return ExitCode.ok;
}

/** Prints the configuration's JSON Schema. */
export function printSchema(context: CommandContext): ExitCode {
  context.streams.out(settingsJsonSchema().trimEnd());
  return ExitCode.ok;
}
