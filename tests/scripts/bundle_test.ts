import assert from "node:assert/strict";
import { withNodeTimers, withoutHashes } from "../../scripts/bundle.ts";

const cases: readonly (readonly [module: string, names: string])[] = [
  ["setTimeout(f, 1).unref();", "setTimeout"],
  ["clearTimeout(t); const t = setTimeout(f, 1);", "clearTimeout, setTimeout"],
  ["const later = setInterval;", "setInterval"],
  ["this.timer = setInterval(f); clearInterval(this.timer);", "clearInterval, setInterval"],
];

for (const [module, names] of cases) {
  Deno.test(`a bundle has the timers of Node.js: ${module}`, () => {
    assert.equal(withNodeTimers(module), `import { ${names} } from "node:timers";\n${module}`);
  });
}

for (
  const module of [
    "const x = 1;",
    "socket.setTimeout(1000);",
    "resetTimeout();",
    "$setTimeout();",
    "setTimeoutMs = 1;",
    "setImmediate(f);",
  ]
) {
  Deno.test(`a bundle without timers stays as it is: ${module}`, () => {
    assert.equal(withNodeTimers(module), module);
  });
}

for (
  const module of [
    'import { setTimeout } from "node:timers/promises";\nawait setTimeout(1);',
    'import {\n  a,\n  setTimeout as setTimeout\n} from "./b.js";\nsetTimeout(1);',
    'import { a as clearTimeout } from "./b.js";\nclearTimeout(1);',
  ]
) {
  Deno.test(`a bundle with functions of these names is refused: ${JSON.stringify(module)}`, () => {
    assert.throws(() => withNodeTimers(module), /timers of its own/);
  });
}

Deno.test("a function that is imported under another name is none of the timers", () => {
  const module = 'import { setTimeout as sleep } from "node:timers/promises";\nawait sleep(1);';
  // The name occurs, so that the bundle gets what it does not use.
  assert.ok(withNodeTimers(module).endsWith(module));
});

// What node:timers gives is what a package has: Deno 2.9 gives the same to all modules.
Deno.test("a timer in a bundle keeps no program alive that does not want it", async () => {
  const file = await Deno.makeTempFile({ suffix: ".mjs" });
  try {
    await Deno.writeTextFile(file, withNodeTimers("setTimeout(() => {}, 1e6).unref();"));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-lock", file],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("modules have the same names whatever their hashes are", () => {
  function bundled(first: string, second: string, part: string) {
    const modules: readonly (readonly [string, string])[] = [
      ["main.js", `import { a } from "./chunk-${first}.js";\nimport("./serve-${part}.js");`],
      [`chunk-${first}.js`, `import { b } from "./chunk-${second}.js";\nexport const a = b;`],
      [`chunk-${second}.js`, 'export const b = "OTHER-AAAABBBB.js";'],
      [`serve-${part}.js`, 'import "./main.js";'],
    ];
    return withoutHashes(new Map(modules));
  }
  const modules = bundled("AAAAAAAA", "BBBBBBBB", "CCCCCCCC");
  assert.deepEqual([...modules], [
    ["main.js", 'import { a } from "./chunk-1.js";\nimport("./serve-3.js");'],
    ["chunk-1.js", 'import { b } from "./chunk-0.js";\nexport const a = b;'],
    ["chunk-0.js", 'export const b = "OTHER-AAAABBBB.js";'],
    ["serve-3.js", 'import "./main.js";'],
  ]);
  assert.deepEqual([...bundled("ZZZZZZZZ", "Y2345678", "A2345678")], [...modules]);
});
