import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";

// What a room of src may import of ours, besides itself: rooms, or single files. Imports go down only.
// A room below another (`identity/ldap`) may import the files that stand in its parent's own folder,
// and what its parent may import; of its siblings only those that are listed here.
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  // Floor 0, each one what stands above it.
  "text": [],
  "domain": ["text"],
  "settings": ["text", "domain"],
  "system": ["text"],
  "net": ["text", "system"],
  "mime": ["text"],
  "metrics": [],
  "database": ["text", "settings", "system", "net"],

  "identity": ["domain", "text", "settings", "system", "net", "database"],
  "identity/exec": [],
  "identity/ldap": [],
  "identity/memory": [],
  "identity/sql": [],
  "identity/web": [],

  "outbox": ["domain", "text", "settings", "system"],
  "outbox/sql": [
    "outbox/sql/administration",
    "outbox/sql/awaited",
    "outbox/sql/bounces",
    "outbox/sql/gathering",
    "outbox/sql/leasing",
  ],
  "outbox/sql/administration": [
    "domain",
    "outbox",
    "outbox/sql/bounces",
    "system/let_others_in.ts",
  ],
  "outbox/sql/awaited": ["domain", "outbox", "settings", "system"],
  "outbox/sql/checking": ["domain", "outbox", "outbox/sql/moving/tables.ts"],
  "outbox/sql/moving": ["outbox"],
  "outbox/sql/leasing": ["outbox", "system/clock.ts"],
  "outbox/sql/bounces": ["outbox"],
  "outbox/sql/gathering": ["outbox", "system/random.ts"],
  "outbox/postgresql": ["outbox/sql", "outbox/sql/moving", "database", "net"],
  "outbox/sqlite": [
    "outbox/sql",
    "outbox/sql/moving",
    "outbox/sqlite/files",
    "outbox/sqlite/versions",
  ],
  "outbox/sqlite/files": ["system/program_file.ts"],
  "outbox/sqlite/versions": [],

  "mail": ["domain", "text", "settings", "system", "net"],
  "mail/compose": ["mime"],
  "mail/bounces": ["mime"],
  "mail/smtp": ["mail/compose"],
  "mail/sendgrid": ["mail/compose"],
  "mail/sendmail": ["mail/compose"],

  "render": ["domain", "text"],
  "render/eml": ["mime"],
  "render/liquid": [
    ...["system/let_others_in.ts", "system/program_file.ts", "system/read_file.ts"],
  ],

  "matrix": ["domain", "text", "settings", "system", "net"],

  "config": ["domain", "text", "settings", "system", "database/server_address.ts"],
  "config/source": [],
  // The schemas of the adapters' sections stand beside the adapters.
  "config/sections": [
    ...["identity/exec", "identity/ldap", "identity/memory", "identity/sql", "identity/web"],
    ...["mail/file.ts", "mail/sendgrid", "mail/sendmail", "mail/smtp"],
  ],
  "config/registration": ["config/source", "config/sections/settings.ts"],
  "config/passes": ["config/source", "config/sections", "config/registration"],
  "config/schema": ["config/source", "config/sections"],
  "config/import": [
    ...["config/source", "config/sections", "config/passes", "config/schema"],
    ...["config/registration", "config/load.ts"],
  ],
  "config/checks": [
    ...["config/source", "config/sections", "config/registration"],
    ...["identity/ldap", "identity/sql"],
    ...["identity/web/rest.ts", "mail/compose"],
    ...["render/liquid/languages.ts", "render/liquid/picture.ts"],
  ],

  "notify": [
    ...["domain", "text", "settings", "system"],
    ...["identity/port.ts", "identity/knowledge.ts", "identity/invite_rules.ts"],
    ...["outbox/bounces.ts", "outbox/port.ts", "outbox/settled.ts", "outbox/suppressions.ts"],
    ...["identity/memberships.ts", "mail/port.ts", "render/port.ts"],
  ],
  "notify/accept": [],
  "notify/bounces": [],
  "http": [
    ...["domain", "text", "settings", "system", "net", "metrics", "notify"],
    ...["outbox/port.ts", "outbox/suppressions.ts", "render/page_port.ts"],
  ],
  "http/server": [],
  "app": [
    ...["domain", "text", "settings", "system", "net", "mime/entity.ts", "metrics"],
    ...["identity", "outbox", "mail", "render", "matrix", "notify", "http"],
    ...["config/sections", "config/registration", "app/monitoring", "app/swap"],
  ],
  "app/monitoring": [],
  "app/swap": [],
  "app/storage": ["outbox/sql/checking", "outbox/sql/moving"],
  "preview": [
    ...["domain", "system", "outbox/port.ts", "mail/compose", "render", "notify", "app"],
    ...["config/load.ts", "config/sections", "config/source/environment.ts"],
  ],
  "doctor": [
    ...["domain", "text", "settings", "system", "net", "config", "config/sections"],
    ...["config/registration", "config/source/problem.ts", "identity/port.ts"],
    ...["identity/query_stores.ts", "identity/sql/synapse_queue.ts", "outbox/port.ts"],
    ...["mail/port.ts", "mail/compose/envelope.ts", "matrix/port.ts", "render/port.ts"],
    ...["preview/check.ts", "app"],
  ],
  "doctor/dns": [],
  "simulation": [
    ...["domain", "settings", "net", "config/sections", "identity/port.ts"],
    ...["identity/query_stores.ts", "mail/port.ts", "mail/compose", "notify", "notify/accept"],
    ...["outbox/port.ts", "outbox/suppressions.ts", "outbox/work.ts", "render/port.ts", "app"],
    "preview",
  ],
  "demo": [
    ...["text", "settings", "system", "render/port.ts", "config", "preview"],
    ...["app/app.ts", "app/platform.ts", "app/temporary_folder.ts"],
  ],
  "cli": [
    ...["domain", "text", "settings", "system", "identity/query_stores.ts", "config", "preview"],
    ...[
      ...["app/outbox.ts", "app/platform.ts", "app/start_error.ts", "outbox/port.ts"],
      "render/liquid/languages.ts",
    ],
    "doctor/finding.ts",
  ],
  "cli/commands": [
    ...["cli/import/parser.ts", "cli/reload"],
    ...["cli/outbox/names.ts", "mail/bounces/read_report.ts", "notify/bounces/take_bounce.ts"],
    ...[
      "mail/port.ts",
      "outbox/port.ts",
      "outbox/suppressions.ts",
      "render/port.ts",
      "app",
      "demo",
      "doctor",
      "simulation",
    ],
  ],
  "cli/import": ["config/import", "render/port.ts"],
  "cli/reload": ["app"],
  "cli/health": ["app/listen.ts", "app/platform.ts"],
  "cli/register": [],
  "cli/outbox": [
    ...["outbox/bounce_score.ts", "outbox/port.ts", "outbox/records.ts", "outbox/reports.ts"],
    "outbox/work.ts",
    ...["app/outbox.ts", "app/platform.ts"],
  ],
  "cli/storage": ["app/outbox.ts", "app/platform.ts", "app/storage"],
  "main.ts": ["cli"],
};

// A parent that puts its children together; elsewhere the parent's own files are the kernel that
// its children stand on.
const PUTS_TOGETHER: readonly string[] = ["config", "cli", "doctor", "mail/file.ts"];

// More files than this in one folder, or lines in one file, are hard to find one's way in.
const MAX_FILES = 24;
const MAX_LINES = 300;
const MAX_MEDIAN_LINES = 80;

const root = new URL("..", import.meta.url).pathname;

Deno.test("imports go down the floors only", () => {
  const wrong: string[] = [];
  for (const [file, imports] of importGraph()) {
    for (const target of imports) {
      if (!mayImport(file, target)) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("every folder of src is a room of the plan", () => {
  const folders = new Set([...importGraph().keys()].map((file) => folderOf(file)));
  assert.deepEqual([...folders].filter((folder) => MAY_IMPORT[folder] === undefined), []);
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
  const loaded = [...loadedBy("main.ts"), ...loadedBy("src/cli/commands/serve.ts")];
  assert.deepEqual(loaded.filter((file) => file.startsWith("src/demo/")), []);
});

Deno.test("a command is parsed without loading the body of any", () => {
  const loaded = loadedBy("main.ts");
  const commands = loaded.filter((file) => file.startsWith("src/cli/commands/"));
  assert.ok(commands.length > 0);
  assert.deepEqual(commands.filter((file) => !file.endsWith("_parser.ts")), []);
  assert.deepEqual(loaded.filter((file) => file.startsWith("src/cli/health/")), [
    "src/cli/health/parsers.ts",
  ]);
  assert.deepEqual(loaded.filter((file) => file.startsWith("src/cli/register/")), [
    "src/cli/register/parser.ts",
  ]);
  assert.deepEqual(loaded.filter((file) => file.startsWith("src/cli/outbox/")).sort(), [
    ...["src/cli/outbox/parsers.ts", "src/cli/outbox/states.ts"],
  ]);
});

Deno.test("what the end-to-end tests have of their own is used by them alone", () => {
  const wrong: string[] = [];
  // The campaign is started by one of them, or as a task; its database is one of their servers.
  const users = ["tests/e2e/", "tests/campaign/databases/"];
  for (const [file, imports] of importGraph({ files: sourceFiles("tests") })) {
    if (users.some((folder) => file.startsWith(folder))) continue;
    const targets = imports.filter((target) => target.startsWith("tests/e2e/"));
    wrong.push(...targets.map((target) => `${file} imports ${target}`));
  }
  assert.deepEqual(wrong, []);
});

Deno.test("a fake stands in the room of what it stands in for", () => {
  const folders = new Set(sourceFiles("tests/fakes").map((file) => dirname(file)));
  const rooms = [...folders].map((folder) => folder.slice("tests/fakes/".length));
  assert.deepEqual(rooms.filter((room) => MAY_IMPORT[room] === undefined), []);
});

Deno.test("no file is called utils, helpers, common or types", () => {
  const vague = [...importGraph().keys()].filter((file) =>
    /\b(?:utils?|helpers?|common|types|misc)\.ts$/.test(file)
  );
  assert.deepEqual(vague, []);
});

Deno.test("no folder holds more files than one finds one's way in", () => {
  const counts = Map.groupBy(importGraph().keys(), folderOf);
  const full = [...counts].filter(([, files]) => files.length > MAX_FILES);
  assert.deepEqual(full.map(([folder, files]) => `${folder}: ${files.length}`), []);
});

Deno.test("files are short", () => {
  const lines = [...importGraph().keys()].map((file) => {
    const text = Deno.readTextFileSync(join(root, file));
    return { file, count: text.split("\n").length - 1 };
  }).sort((one, other) => one.count - other.count);
  const long = lines.filter(({ count }) => count > MAX_LINES);
  assert.deepEqual(long.map(({ file, count }) => `${file}: ${count}`), []);
  const median = lines[Math.floor(lines.length / 2)]?.count ?? 0;
  assert.ok(median < MAX_MEDIAN_LINES, `the median is ${median} lines`);
});

function mayImport(file: string, target: string): boolean {
  const from = folderOf(file);
  const to = folderOf(target);
  if (from === to) return true;
  const parent = parentOf(from);
  if (parent !== undefined && to === parent) return true;
  const name = target.slice("src/".length);
  const puts = [from, file.slice("src/".length)].some((entry) => PUTS_TOGETHER.includes(entry));
  if (puts && parentOf(to) === from) return true;
  const allowed = [...MAY_IMPORT[from] ?? [], ...MAY_IMPORT[parent ?? ""] ?? []];
  return allowed.some((entry) => entry === to || entry === parentOf(to) || entry === name);
}

// The files that are loaded with a file, without what is imported only when it is needed.
function loadedBy(start: string): readonly string[] {
  const graph = importGraph({ dynamic: false });
  const loaded = new Set<string>();
  const waiting = [start];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    waiting.push(...graph.get(file) ?? []);
  }
  return [...loaded];
}

// The room that a file stands in: its folder below src, or the file itself.
function folderOf(file: string): string {
  return file.startsWith("src/") ? dirname(file).slice("src/".length) : file;
}

function parentOf(folder: string): string | undefined {
  const parent = dirname(folder);
  return parent === "." ? undefined : parent;
}

// The files of ours that each file imports, by their paths from the project's root.
function importGraph(
  { files = ["main.ts", ...sourceFiles("src")], dynamic = true } = {},
): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  for (const file of files) {
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
