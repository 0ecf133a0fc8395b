/**
 * The email before and after the import.
 *
 * @module
 */

import type { Settings } from "../../config/sections/settings.ts";
import { oldMail } from "../../preview/old_mail.ts";
import { openPreview } from "../../preview/preview.ts";
import type { PreviewedMail } from "../../preview/previewed_mail.ts";
import { legacyFiles } from "../../preview/template_paths.ts";
import { withTemplate } from "../../preview/with_template.ts";
import { sideBySide } from "./columns.ts";

/** An email, and what it is. */
interface Side {
  readonly heading: string;
  readonly mail: PreviewedMail;
}

/** Both emails. */
export interface Compared {
  readonly old: Side;
  readonly new: Side;
}

const SAMPLE = "inside";

/**
 * Renders a sample as it was and as it will be sent. With a template of one's own, which is kept, the
 * second one is the built-in email that would take its place.
 *
 * @param onWarning Called with each warning about a template of one's own, one line.
 * @throws {RenderError} When a template is wrong.
 */
export async function compareMails(
  settings: Settings,
  now: number,
  onWarning: (line: string) => void,
): Promise<Compared> {
  const render = async (settings: Settings) => {
    const preview = await openPreview(settings, now, onWarning);
    const { language } = settings.notify;
    const [first = "en"] = preview.languages;
    return await preview.mail(SAMPLE, preview.languages.includes(language) ? language : first);
  };
  if (legacyFiles(settings).length === 0) {
    return {
      old: {
        heading: "Before: mxisd's own template (in our words)",
        mail: await oldMail(settings, SAMPLE, now),
      },
      new: { heading: "Now: the built-in email", mail: await render(settings) },
    };
  }
  return {
    old: { heading: "Before and now: your own template", mail: await render(settings) },
    new: {
      heading: "Without your own template: the built-in email",
      mail: await render(withTemplate(settings, undefined, "folder")),
    },
  };
}

/** Both as text, in columns. */
export function describeMails({ old, new: other }: Compared): string {
  const column = ({ heading, mail }: Side) => ({
    heading,
    text: `Subject: ${mail.subject}\n\n${mail.text || textOf(mail.html)}`,
  });
  return sideBySide(column(old), column(other));
}

/** Both as files: as they are sent, and as a browser shows them. */
export function mailFiles(compared: Compared): ReadonlyMap<string, string | Uint8Array> {
  const files = new Map<string, string | Uint8Array>();
  for (const [name, { mail }] of Object.entries(compared)) {
    files.set(`mails/${name}.eml`, mail.bytes);
    if (mail.html !== "") files.set(`mails/${name}.html`, mail.html);
  }
  return files;
}

function textOf(html: string): string {
  return html.replace(/<style[^]*?<\/style>/gi, "").replace(/<[^>]*>/g, "")
    .replace(/\n\s*\n\s*/g, "\n\n");
}
