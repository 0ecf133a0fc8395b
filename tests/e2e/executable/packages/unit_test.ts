import assert from "node:assert/strict";
import { runToEnd } from "../../../process/run_to_end.ts";
import { installed } from "../../installed.ts";
import { temporaryRoot } from "./machine.ts";

const UNIT = new URL("../../../../packaging/appservice-mxisd.service", import.meta.url);

// Of ten.
const MAX_EXPOSURE = 2.0;

Deno.test("systemd's review of the unit finds it hardened", async () => {
  const analyze = await installed("/usr/bin/systemd-analyze");
  const { output, errors } = await runToEnd([
    ...[analyze, "security", "--offline=true", "--no-pager", UNIT.pathname] as const,
  ]);
  const [, exposure] = /exposure level for appservice-mxisd\.service: ([0-9.]+)/.exec(output) ?? [];
  assert.ok(exposure !== undefined, errors);
  assert.ok(Number(exposure) <= MAX_EXPOSURE, output);
});

Deno.test("systemd finds no fault in the unit", async () => {
  const analyze = await installed("/usr/bin/systemd-analyze");
  await using machine = await temporaryRoot();
  await Deno.copyFile(UNIT, `${machine.root}/etc/systemd/system/appservice-mxisd.service`);
  await Deno.writeTextFile(`${machine.root}/usr/bin/appservice-mxisd`, "", { mode: 0o755 });
  const { code, errors } = await runToEnd([
    ...[
      analyze,
      "verify",
      "--man=no",
      `--root=${machine.root}`,
      "appservice-mxisd.service",
    ] as const,
  ]);
  assert.deepEqual([code, errors], [0, ""]);
});
