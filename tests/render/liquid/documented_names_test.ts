import assert from "node:assert/strict";
import { PAGE_SAMPLES } from "../../../src/render/page_samples.ts";
import type { MailModel } from "../../../src/render/port.ts";
import { SAMPLES } from "../../../src/render/samples.ts";

const DOCUMENT = new URL("../../../docs/templates.md", import.meta.url);

/** The names in the first column of the tables below a heading: `a.b`, `.c` is `a.b` and `a.c`. */
async function documentedNames(): Promise<string[][]> {
  const text = await Deno.readTextFile(DOCUMENT);
  const [, section = ""] = /\n## Names in templates\n([^]*?)\n## /.exec(text) ?? [];
  const tables = section.split("\n\n").filter((block) => block.startsWith("| name"));
  return tables.map((table) =>
    table.split("\n").slice(2).flatMap((row) => {
      let before = "";
      return [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => {
        if (name.startsWith(".")) return before + name;
        before = name.slice(0, name.lastIndexOf("."));
        return name;
      });
    })
  );
}

function namesIn(value: unknown, name = ""): string[] {
  if (Array.isArray(value)) return [name, ...namesIn(value[0], `${name}[]`)];
  if (typeof value !== "object" || value === null) return [name];
  return Object.entries(value).flatMap(([key, inner]) =>
    namesIn(inner, name === "" ? key : `${name}.${key}`)
  );
}

Deno.test("the names in templates are documented, and no others", async () => {
  const [mail = [], page = []] = await documentedNames();
  // Not the model's: the renderer adds these.
  const added = /^(?:told|subject|support_link|look\..*)$/;
  assert.deepEqual(
    mail.filter((name) => !added.test(name)).sort(),
    namesIn(SAMPLES.branded).sort(),
  );
  // `languages` are those that a language is chosen from.
  const choices = PAGE_SAMPLES.several;
  const names = namesIn(choices).map((name) =>
    name.replace(/^page\.languages\[\]$/, "page.language")
  )
    .filter((name) => !["choices", "listed", "page.languages"].includes(name));
  assert.deepEqual(
    page.filter((name) => name !== "choices" && name !== "listed").sort(),
    [...names, "page.direction"].sort(),
  );
});

Deno.test("every sample has every name, so that a template that names it is never wrong", () => {
  const names = namesIn(SAMPLES.branded).sort();
  for (const [sample, model] of Object.entries<MailModel>(SAMPLES)) {
    assert.ok(model.invitations.length > 0, sample);
    for (const invitation of model.invitations) {
      assert.deepEqual(namesIn({ ...model, invitations: [invitation] }).sort(), names, sample);
    }
  }
});
