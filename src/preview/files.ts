/**
 * Writes the preview to files: each mail as it is sent, and pages that show them.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { writing } from "../system/write_error.ts";
import { inColorScheme } from "./color_scheme.ts";
import { previewPage, type ShownMail } from "./page.ts";
import type { Preview } from "./preview.ts";

/** What is written, and where. */
export interface PreviewFiles {
  readonly preview: Preview;
  /** The languages that are written, at least one. */
  readonly languages: readonly string[];
  /** Created if it does not exist. */
  readonly folder: string;
}

/**
 * Writes all samples: `LANGUAGE/SAMPLE.html`, `.txt` and `.eml`, and `index.html`, which shows
 * them. Existing files are overwritten.
 *
 * @returns The path of `index.html`.
 * @throws {RenderError} When a template is wrong.
 * @throws {WriteError} When the system refuses a file or a folder.
 */
export async function writePreview({ preview, languages, folder }: PreviewFiles): Promise<string> {
  const index = (language: string) => language === languages[0] ? "index.html" : `${language}.html`;
  const nonce = crypto.randomUUID();
  // `self` is for a folder that is served, `file:` for one that is not.
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; frame-src 'self' file:`;
  for (const language of languages) {
    const mails: ShownMail[] = [];
    for (const sample of preview.samples) {
      const mail = await preview.mail(sample, language);
      mails.push({ kind: "mail", sample, mail });
      const path = join(folder, language, sample);
      await write(`${path}.eml`, mail.bytes);
      await write(`${path}.txt`, mail.text);
      if (mail.html === "") continue;
      await write(`${path}.html`, mail.html);
      for (const scheme of ["light", "dark"] as const) {
        await write(`${path}.${scheme}.html`, inColorScheme(mail.html, scheme));
      }
    }
    const page = previewPage({
      preview: { ...preview, languages },
      language,
      mails,
      pageUrl: (tag, sample) => `${index(tag)}${sample === undefined ? "" : `#${sample}`}`,
      mailUrl: (tag, sample, scheme) => `${tag}/${sample}.${scheme}.html`,
      nonce,
      policy,
    });
    await write(join(folder, index(language)), String(await page));
  }
  return join(folder, "index.html");
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  const folder = dirname(path);
  await writing(folder, () => Deno.mkdir(folder, { recursive: true }));
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await writing(path, () => Deno.writeFile(path, bytes));
}
