/**
 * The command `preview`: writes every sample to files.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { makeTemporaryFolder } from "../../app/temporary_folder.ts";
import { writePreview } from "../../preview/files.ts";
import { openPreview, type Preview } from "../../preview/preview.ts";
import { RenderError } from "../../render/port.ts";
import { printable, printableLines, quoted } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadPreviewSettings } from "../load_preview_settings.ts";
import { openInBrowser } from "../open_browser.ts";
import { choices } from "../words.ts";

/** The command's arguments. */
export interface PreviewArguments {
  /** A folder of templates, or a legacy template, in place of the configured one. */
  readonly template: string | undefined;
  /** The only language; `undefined`: all. */
  readonly language: string | undefined;
  /** The folder for the files; `undefined`: a new temporary one. */
  readonly output: string | undefined;
  /** Whether to open them in the browser. */
  readonly open: boolean;
}

/** Writes the samples, and prints the path of their index. */
export async function preview(context: CommandContext, args: PreviewArguments): Promise<ExitCode> {
  const { out, err } = context.streams;
  const settings = await loadPreviewSettings(context, args.template);
  if (settings === undefined) return ExitCode.configuration;
  try {
    const opened = await openPreview(settings, Date.now(), (warning) => err(printable(warning)));
    const languages = languagesFor(args.language, opened);
    if (languages === undefined) {
      err(
        `There is no email in ${quoted(args.language ?? "")}: ` +
          choices(args.language ?? "", opened.languages),
      );
      return ExitCode.usage;
    }
    const index = await write(opened, languages, args.output);
    out(index);
    if (!args.open) return ExitCode.ok;
    const failure = await openInBrowser(index);
    if (failure === undefined) return ExitCode.ok;
    err(
      `No browser was opened: ${failure}. The files are in ${printable(dirname(index))}: open ` +
        "index.html, or copy the folder to a machine with a browser.",
    );
    return ExitCode.failed;
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    err(printableLines(error.message));
    return ExitCode.failed;
  }
}

function languagesFor(language: string | undefined, { languages }: Preview) {
  if (language === undefined) return languages;
  return languages.includes(language) ? [language] : undefined;
}

async function write(
  preview: Preview,
  languages: readonly string[],
  output: string | undefined,
): Promise<string> {
  const folder = output === undefined
    ? await makeTemporaryFolder("appservice-mxisd-preview-")
    : resolve(output);
  return await writePreview({ preview, languages, folder });
}
