import assert from "node:assert/strict";
import { loadSettings } from "../../src/config/load.ts";
import { makeWorkspace } from "../cli/workspace.ts";

async function warnings(file: string): Promise<string[]> {
  const { problems } = await loadSettings(file);
  return problems.filter(({ severity }) => severity === "warning").map(({ message }) => message);
}

Deno.test("a configuration with secrets that everybody can read gets a warning", async () => {
  await using workspace = await makeWorkspace();
  const file = workspace.path("mxisd.yaml");
  for (const mode of [0o600, 0o640]) {
    await Deno.chmod(file, mode);
    assert.deepEqual(await warnings(file), []);
  }
  for (const mode of [0o644, 0o604, 0o666]) {
    await Deno.chmod(file, mode);
    const [warning, ...others] = await warnings(file);
    assert.match(
      warning ?? "",
      /everybody .* can read this file, and it contains secrets: chmod 640/,
    );
    assert.deepEqual(others, []);
  }
});

Deno.test("a configuration whose secrets are elsewhere may be read by everybody", async () => {
  await using workspace = await makeWorkspace({
    "appsvc.endpoint.toAS.token": { file: "hs_token" },
  });
  await Deno.writeTextFile(workspace.path("hs_token"), "hs-VDxUpXFqbN4Qh2rK-cli");
  const file = workspace.path("mxisd.yaml");
  await Deno.chmod(file, 0o644);
  assert.deepEqual(await warnings(file), []);
});
