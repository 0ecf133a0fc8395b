import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";

const ROOT = new URL("../../", import.meta.url).pathname;

/** The documents, by their paths in the project. */
const documents = new Map<string, string>();
for (const folder of ["", "docs/"]) {
  for await (const { name } of Deno.readDir(ROOT + folder)) {
    if (!name.endsWith(".md")) continue;
    documents.set(folder + name, await Deno.readTextFile(ROOT + folder + name));
  }
}

// Examples are not read: what looks like a heading or a link in them is none.
function prose(text: string): string {
  return text.replace(/^( *)(`{3,})[^]*?^\1\2$/gm, "");
}

/** The anchors of a document's headings, as they are made from their text. */
function anchors(text: string): ReadonlySet<string> {
  const headings = [...prose(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading.toLowerCase().replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(
        /[^\p{L}\p{N}\s_-]/gu,
        "",
      )
        .trim().replaceAll(/\s/g, "-")
    ),
  );
}

Deno.test("every link in the documents leads to a file and a heading that are there", async () => {
  const broken: string[] = [];
  for (const [file, text] of documents) {
    for (const [, target = ""] of prose(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const absolute = path === "" ? join(ROOT, file) : join(ROOT, dirname(file), path);
      const exists = await Deno.stat(absolute).then(() => true, () => false);
      const linked = documents.get(relative(ROOT, absolute));
      if (!exists || anchor !== undefined && linked && !anchors(linked).has(anchor)) {
        broken.push(`${file}: ${target}`);
      }
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("the contents name every page", () => {
  const contents = documents.get("docs/README.md") ?? "";
  const pages = [...documents.keys()].filter((file) =>
    file.startsWith("docs/") && file !== "docs/README.md"
  );
  const missing = pages.filter((file) => !contents.includes(`](${file.slice("docs/".length)})`));
  assert.deepEqual(missing, []);
});

Deno.test("the commands in the documents are there, with their options", async () => {
  const help = await Deno.readTextFile(`${ROOT}tests/golden/help.txt`);
  // Lines that are wrapped belong together.
  const usages = help.replace(/\n {7}(?!appservice)/g, "").split("\n")
    .flatMap((line) => /appservice-mxisd (.+)/.exec(line)?.[1] ?? []);
  const unknown: string[] = [];
  for (const [file, text] of documents) {
    for (const [, block = ""] of text.matchAll(/^```sh\n([^]*?)^```$/gm)) {
      const commands = block.replaceAll("\\\n", "").matchAll(/^ *appservice-mxisd (.*)$/gm);
      for (const [, command = ""] of commands) {
        const line = command.replace(/ #.*$/, "");
        const words = line.split(/\s+/);
        const usage = usages.find((usage) => usage.startsWith(`${words.slice(0, 2).join(" ")} `)) ??
          usages.find((usage) => usage.startsWith(`${words[0]} `));
        const options = words.filter((word) => /^--?[a-z]/.test(word)).map((word) =>
          word.replace(/=.*/, "")
        );
        const ok = usage !== undefined && options.every((option) => usage.includes(option));
        if (!ok && !["help", "completion", "--version", "--help"].includes(words[0] ?? "")) {
          unknown.push(`${file}: ${line}`);
        }
      }
    }
  }
  assert.deepEqual(unknown, []);
});
