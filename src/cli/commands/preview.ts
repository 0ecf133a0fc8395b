/**
 * The command `preview`: every sample as files, to be looked at.
 *
 * @module
 */

import { resolve } from "node:path";
import { StartError } from "../../app/start_error.ts";
import { writePreview } from "../../preview/files.ts";
import { openPreview, type Preview } from "../../preview/preview.ts";
import { RenderError } from "../../render/port.ts";
import { describeFileError } from "../../system/read_file.ts";
import { printable, printableLines, quoted } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadPreviewSettings } from "../load_preview_settings.ts";
import { openInBrowser } from "../open_browser.ts";

/** What the command is asked for. */
export interface PreviewArguments {
  /** A folder of templates, or a legacy template, instead of the configured one. */
  readonly template: string | undefined;
  /** The only language; absent: all. */
  readonly language: string | undefined;
  /** Where the files go; absent: into a new folder among the system's temporary ones. */
  readonly output: string | undefined;
  /** Whether a browser shows them. */
  readonly open: boolean;
}

/** Writes the samples, and tells where they are. */
export async function preview(context: CommandContext, asked: PreviewArguments): Promise<ExitCode> {
  const { out, err } = context.streams;
  const settings = await loadPreviewSettings(context, asked.template);
  if (settings === undefined) return ExitCode.configuration;
  try {
    const opened = await openPreview(settings, Date.now(), (warning) => err(printable(warning)));
    const languages = languagesFor(asked.language, opened);
    if (languages === undefined) {
      err(
        `There is no mail in ${quoted(asked.language ?? "")}: ` +
          `write one of ${opened.languages.join(", ")}`,
      );
      return ExitCode.usage;
    }
    const index = await write(opened, languages, asked.output);
    out(index);
    if (!asked.open) return ExitCode.ok;
    const missing = openInBrowser(index);
    if (missing !== undefined) err(`No browser was opened: ${missing}. Open the file yourself.`);
    return missing === undefined ? ExitCode.ok : ExitCode.failed;
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    err(printableLines(error.message));
    return ExitCode.failed;
  }
}

function languagesFor(asked: string | undefined, { languages }: Preview) {
  if (asked === undefined) return languages;
  return languages.includes(asked) ? [asked] : undefined;
}

async function write(
  preview: Preview,
  languages: readonly string[],
  output: string | undefined,
): Promise<string> {
  try {
    const folder = output === undefined
      ? await Deno.makeTempDir({ prefix: "appservice-mxisd-preview-" })
      : resolve(output);
    return await writePreview({ preview, languages, folder });
  } catch (error) {
    if (error instanceof RenderError) throw error;
    const where = output === undefined ? "a temporary folder" : printable(output);
    const reason = describeFileError(error);
    throw new StartError(`The preview cannot be written to ${where}: ${reason}`, { cause: error });
  }
}
