/** The samples as people in each language get them. */

import assert from "node:assert/strict";
import { localTime } from "../../../src/notify/local_time.ts";
import { LANGUAGES } from "../../../src/render/liquid/languages.ts";
import { openLiquidRenderer } from "../../../src/render/liquid/mail_renderer.ts";
import type { MailModel, Renderer } from "../../../src/render/port.ts";
import { SAMPLES } from "../../../src/render/samples.ts";

/** All languages but English, which the samples are in. */
export const TRANSLATIONS: readonly string[] = LANGUAGES.filter((language) => language !== "en");

const MORNING = Date.UTC(2026, 0, 1, 9);
const renderer = openLiquidRenderer();
// The tests look at the same mails again and again.
const rendered = new Map<string, ReturnType<Renderer["render"]>>();

/** A sample by its name. */
export function sample(name: string): MailModel {
  const model = SAMPLES[name];
  assert.ok(model, name);
  return model;
}

/** The model in a language, its times included. */
export function spoken(model: MailModel, language: string): MailModel {
  const time = localTime(MORNING, language, ["Europe/Berlin"]);
  const invitations = model.invitations.map((invitation) => ({
    ...invitation,
    when: invitation.when === "" ? "" : time,
  }));
  return { ...model, mail: { ...model.mail, language }, invitations };
}

/** What the mail is made of, by the built-in templates or another renderer. */
export async function partsOf(model: MailModel, by?: Renderer) {
  const content = await (by?.render(model) ?? renderOnce(model));
  assert.ok(content.kind === "parts");
  return content;
}

function renderOnce(model: MailModel): ReturnType<Renderer["render"]> {
  const key = JSON.stringify(model);
  const known = rendered.get(key) ?? renderer.render(model);
  rendered.set(key, known);
  return known;
}
