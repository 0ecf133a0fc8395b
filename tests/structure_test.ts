import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";

// What a folder of src may import of ours, besides itself. Imports go down only.
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  identity: ["domain"],
  outbox: ["domain"],
  mail: ["domain"],
  render: ["domain"],
  matrix: ["domain"],
  // The schemas of the adapters' sections stand beside the adapters.
  config: ["domain", "identity", "mail", "render/languages.ts"],
  notify: [
    "domain",
    "identity/port.ts",
    "outbox/port.ts",
    "outbox/suppression.ts",
    "mail/port.ts",
    "render/port.ts",
  ],
  http: [
    ...["domain", "notify", "outbox/port.ts", "outbox/suppression.ts", "render/page_port.ts"],
  ],
  "start_error.ts": ["outbox/port.ts", "render/port.ts"],
  "run_command.ts": ["domain"],
  "platform.ts": ["domain", "config", "run_command.ts", "start_error.ts"],
  "listen.ts": ["config", "start_error.ts"],
  parts: [
    ...["domain", "identity", "outbox", "mail", "render", "matrix", "config", "notify", "http"],
    "platform.ts",
  ],
  "app.ts": [
    ...["domain", "outbox/port.ts", "matrix/port.ts", "config", "notify", "http"],
    ...["parts", "listen.ts", "platform.ts", "start_error.ts"],
  ],
  preview: [
    ...["domain", "outbox/port.ts", "mail/compose.ts", "render", "config", "notify", "parts"],
  ],
  demo: ["domain", "render/port.ts", "config", "app.ts", "platform.ts", "preview"],
  cli: [
    ...["domain", "identity/chain.ts", "outbox/port.ts", "outbox/suppression.ts"],
    ...["render/port.ts", "config"],
    ...["parts", "platform.ts", "app.ts", "start_error.ts", "preview", "demo"],
  ],
  "main.ts": ["cli"],
};

const root = new URL("..", import.meta.url).pathname;

Deno.test("imports go down the floors only", () => {
  const wrong: string[] = [];
  for (const [file, imports] of importGraph()) {
    const from = floorOf(file);
    for (const target of imports) {
      const to = floorOf(target);
      if (from === to) continue;
      const allowed = MAY_IMPORT[from]?.some((entry) =>
        entry === to || join("src", entry) === target
      );
      if (!allowed) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("no import leads back to where it came from", () => {
  const graph = importGraph();
  const finished = new Set<string>();
  const circles: string[] = [];
  function visit(file: string, way: readonly string[]): void {
    if (way.includes(file)) {
      circles.push([...way.slice(way.indexOf(file)), file].join(" -> "));
      return;
    }
    if (finished.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...way, file]);
    finished.add(file);
  }
  for (const file of graph.keys()) visit(file, []);
  assert.deepEqual(circles, []);
});

Deno.test("what only the demonstration needs is not loaded by the service", () => {
  const graph = importGraph({ dynamic: false });
  const loaded = new Set<string>();
  const waiting = ["main.ts"];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    waiting.push(...graph.get(file) ?? []);
  }
  assert.deepEqual([...loaded].filter((file) => file.startsWith("src/demo/")), []);
});

Deno.test("no file is called utils, helpers, common or types", () => {
  const vague = [...importGraph().keys()].filter((file) =>
    /\b(?:utils?|helpers?|common|types|misc)\.ts$/.test(file)
  );
  assert.deepEqual(vague, []);
});

function floorOf(file: string): string {
  return file.split("/")[1] ?? file;
}

// The files of ours that each file imports, by their paths from the project's root.
function importGraph({ dynamic = true } = {}): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  for (const file of ["main.ts", ...sourceFiles("src")]) {
    const text = Deno.readTextFileSync(join(root, file));
    const pattern = dynamic
      ? /(?:from\s+|^import\s+|import\(\s*)"(\.[^"]+\.ts)"/gm
      : /(?:from\s+|^import\s+)"(\.[^"]+\.ts)"/gm;
    const imports = [...text.matchAll(pattern)].map(([, path]) =>
      relative(root, join(root, dirname(file), path ?? ""))
    );
    graph.set(file, imports);
  }
  return graph;
}

function sourceFiles(folder: string): string[] {
  return [...Deno.readDirSync(join(root, folder))].flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return sourceFiles(path);
    return path.endsWith(".ts") ? [path] : [];
  }).sort();
}
