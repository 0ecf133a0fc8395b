/**
 * Deployments with one fault each: the doctor names the fault and the remedy, and nothing else. What it
 * prints is in golden files.
 */

import assert from "node:assert/strict";
import { type Finding, PARTS } from "../../src/doctor/finding.ts";
import { run } from "../cli/command_line.ts";
import { HS_TOKEN } from "../cli/workspace.ts";
import { assertGolden } from "../render/golden.ts";
import { IS_THOROUGH } from "../thorough.ts";
import { AS_TOKEN, PASSWORD, startDeployment } from "./deployment.ts";
import { FAULTS } from "./faults.ts";

// Rendering all samples takes seconds: once is enough, where tests are thorough.
const QUICK = PARTS.filter((part) => part !== "templates").flatMap((part) => ["--only", part]);

Deno.test("the doctor names one fault and its remedy, and nothing else", async (t) => {
  await using deployment = await startDeployment();
  const healthy = await deployment.configure({});

  await t.step("a healthy deployment has marks alone", async () => {
    const { code, out, err } = await run(["doctor", ...QUICK, "-c", healthy]);
    assert.deepEqual([code, err], [0, ""]);
    await assertGolden("doctor/healthy.txt", deployment.normalise(out));
    for (const line of out.trimEnd().split("\n")) assert.match(line, /^✓ /);
  });

  await t.step({
    name: "without arguments, the templates are checked as well",
    ignore: !IS_THOROUGH,
    fn: async () => {
      const { code, out, err } = await run(["doctor", "-c", healthy]);
      assert.deepEqual([code, err], [0, ""]);
      const marks = "✓ templates: N emails: every sample in every language\n";
      const [before = "", after = "", ...more] = deployment.normalise(out).split(marks);
      assert.deepEqual(more, []);
      await assertGolden("doctor/healthy.txt", before + after);
      assert.match(before, /^✓ clock.*\n$/m);
      assert.match(after, /^✓ stores/);
    },
  });

  for (const { what, isQuick, arrange, result = "error" } of FAULTS) {
    const ignore = !isQuick && !IS_THOROUGH;
    await t.step({
      name: what,
      ignore,
      fn: async () => {
        await using opened = new AsyncDisposableStack();
        const differences = await arrange(deployment, opened);
        const config = await deployment.configure(differences ?? {});
        const { code, out, err } = await run(["doctor", ...QUICK, "-c", config]);
        await deployment.mend();
        assert.equal(err, "");
        const told = out.split("\n").filter((line) => /^[!✗ ]/.test(line)).join("\n");
        await assertGolden(`doctor/${nameOf(what)}.txt`, deployment.normalise(`${told}\n`));
        assert.equal(told.match(/^[!✗] /gm)?.length, 1, out);
        assert.match(told, result === "error" ? /^✗ .+\n {4}\S/ : /^! .+\n {4}\S/);
        assert.equal(code, result === "error" ? 1 : 0);
        for (const secret of [AS_TOKEN, HS_TOKEN, PASSWORD]) assert.ok(!out.includes(secret), out);
        // deno-lint-ignore no-control-regex -- what a stranger wrote must not reach the terminal
        assert.doesNotMatch(out, /[\x00-\x09\x0b-\x1f\x7f]/);
      },
    });
  }

  await t.step("a template that cannot be rendered", async () => {
    const folder = deployment.workspace.path("templates");
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/subject.liquid`, "Invited{% if %}");
    const config = await deployment.configure({ "notify.templates": folder });
    const { code, out } = await run(["doctor", "--only", "templates", "-c", config]);
    await assertGolden("doctor/a_broken_template.txt", deployment.normalise(out));
    assert.equal(code, 1);
    await Deno.writeTextFile(`${folder}/subject.liquid`, "{{ rooom.name }}");
    const wrong = await run(["doctor", "--only", "templates", "-c", config]);
    assert.match(wrong.out, /^[!✗] templates: .*rooom/);
  });

  await t.step("the list for scripts has the same findings", async () => {
    const { code, out } = await run(["doctor", ...QUICK, "--json", "-c", healthy]);
    assert.equal(code, 0);
    const findings = JSON.parse(out) as readonly Finding[];
    assert.deepEqual([...new Set(findings.map(({ part }) => part))], [
      ...PARTS.filter((part) => part !== "templates"),
    ]);
    for (const { check, result, seen, remedy } of findings) {
      assert.ok(check !== "" && seen !== "");
      assert.deepEqual([result, remedy], ["ok", undefined]);
    }
    const only = await run(["doctor", "--only", "dns", "--only", "mail", "--json", "-c", healthy]);
    const parts = (JSON.parse(only.out) as readonly Finding[]).map(({ part }) => part);
    assert.deepEqual([...new Set(parts)], ["mail", "dns"]);
  });

  await t.step("before the service runs, what needs it is skipped", async () => {
    assert.equal((await deployment.service.stop()).code, 0);
    const { code, out } = await run(["doctor", ...QUICK, "-c", healthy]);
    assert.equal(code, 0, out);
    const skipped = out.split("\n").filter((line) => !line.startsWith("✓")).join("\n");
    await assertGolden("doctor/not_started.txt", deployment.normalise(skipped));
  });
});

function nameOf(what: string): string {
  return what.replaceAll(/\W+/g, "_").toLowerCase();
}
