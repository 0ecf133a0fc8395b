import assert from "node:assert/strict";
import { messagesFor } from "./configuration.ts";
import { WRONG_CONFIGURATIONS } from "./wrong_configurations.ts";

const DOCUMENT = new URL("../../docs/wrong-configurations.md", import.meta.url);

/** The messages for each of them, which three tests look at. */
const messages = new Map<string, readonly string[]>();
for (const { what, text, machine } of WRONG_CONFIGURATIONS) {
  messages.set(what, await messagesFor(text, machine));
}
const messagesOf = (what: string) => messages.get(what) ?? assert.fail(what);

const HEAD = `<!-- deno-fmt-ignore-file -->

# Wrong configurations and their messages

\`appservice-mxisd config check\` reports all problems at once, as \`file:line:column: key: what is
wrong and what to write instead\`. Problems that are not errors are marked as warnings or notices. The
table shows only the relevant part of each configuration; the other required sections follow it. A
test generates this table.

| what is wrong | configuration | message |
|---|---|---|
`;

function cell(text: string): string {
  const escaped = text.replace(/[&<>|]/g, (character) => `&#${character.codePointAt(0)};`);
  return `<pre>${escaped.trimEnd().replaceAll("\n", "<br>")}</pre>`;
}

Deno.test("each wrong configuration gets the message that the documentation shows", async () => {
  let document = HEAD;
  for (const { what, text } of WRONG_CONFIGURATIONS) {
    const shown = messagesOf(what).map((message) => cell(message).replace(/^<pre>|<\/pre>$/g, ""));
    document += `| ${what} | ${cell(text)} | ${shown.join("<br>")} |\n`;
  }
  if (Deno.env.get("UPDATE_GOLDEN") === "1") return await Deno.writeTextFile(DOCUMENT, document);
  assert.equal(document, await Deno.readTextFile(DOCUMENT), "UPDATE_GOLDEN=1 rewrites it");
});

Deno.test("each wrong configuration has a message about the part that is shown", async (t) => {
  assert.ok(WRONG_CONFIGURATIONS.length >= 40);
  for (const { what, text } of WRONG_CONFIGURATIONS) {
    await t.step(what, () => {
      const messages = messagesOf(what);
      const lines = messages.map((message) => Number(/mxisd\.yaml:(\d+):/.exec(message)?.[1]));
      assert.ok(lines.length > 0, "no message");
      assert.ok(
        lines.some((line) => line <= text.trimEnd().split("\n").length),
        messages.join("\n"),
      );
    });
  }
});

Deno.test("no message repeats a secret", () => {
  for (const { what } of WRONG_CONFIGURATIONS) {
    assert.doesNotMatch(messagesOf(what).join("\n"), /hunter2|0123456789|HS_TOKEN_CHANGE_ME|tiny/);
  }
});
