/**
 * Renders the samples with the settings.
 *
 * @module
 */

import { openRenderer } from "../app/renderer.ts";
import type { Settings } from "../config/sections/settings.ts";
import type { EmailAddress } from "../domain/email_address.ts";
import { composeMail } from "../mail/compose/compose.ts";
import { type PreviewedMail, readMail } from "./previewed_mail.ts";
import { SAMPLE_NAMES, sampleMail } from "./sample_mail.ts";
import { sampleLogo } from "./sample_logo.ts";
import { sampleMessage } from "./sample_message.ts";
import { variantFor } from "./sample_variant.ts";
import { legacyFiles } from "./template_paths.ts";

/** All samples in all languages. */
export interface Preview {
  /** BCP 47 tags. */
  readonly languages: readonly string[];
  /** The samples' names. */
  readonly samples: readonly string[];
  /**
   * A sample as it would be sent.
   *
   * @throws {RenderError} When a template is wrong.
   */
  mail(sample: string, language: string): Promise<PreviewedSample>;
}

/** A sample as it would be sent. */
export interface PreviewedSample extends PreviewedMail {
  /**
   * The links that open its rooms; empty for templates in mxisd's formats, which do not have them.
   */
  readonly links: readonly string[];
}

const ADDRESS = "bob@example.org" as EmailAddress;

/**
 * Opens the preview and reads the templates.
 *
 * @param now The mails' date, in milliseconds UTC.
 * @param onWarning Called with a line for each warning about a template in mxisd's formats.
 * @throws {RenderError} When a template is wrong.
 */
export async function openPreview(
  settings: Settings,
  now: number,
  onWarning?: (line: string) => void,
): Promise<Preview> {
  const renderer = openRenderer(settings, onWarning, sampleLogo());
  await renderer.check();
  const { domain } = settings.matrix;
  return {
    languages: renderer.languages,
    samples: SAMPLE_NAMES,
    async mail(name, language) {
      const mail = sampleMail(name, { address: ADDRESS, domain, language, now });
      const { message, model } = await sampleMessage(mail, variantFor(name, settings), renderer);
      const composed = await composeMail(message);
      if (composed.kind === "refused") {
        throw new Error(`The sample ${name} cannot be sent: ${composed.reason}`);
      }
      const links = legacyFiles(settings).length > 0
        ? []
        : model.invitations.map(({ link }) => link);
      return { ...await readMail(composed.bytes), links };
    },
  };
}
