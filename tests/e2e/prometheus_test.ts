import assert from "node:assert/strict";
import { freePort } from "../process/free_port.ts";
import { startWatched } from "../app/monitoring/service.ts";
import { dashboardQueries } from "../metrics/dashboard.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { tempFolder } from "./temp_folder.ts";

const FOLDER = new URL("../../docs/monitoring/", import.meta.url).pathname;

/** What promtool says; it must succeed. */
async function promtool(args: readonly string[], input = ""): Promise<string> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    cwd: FOLDER,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(code, 0, text);
  return text;
}

Deno.test("promtool accepts the alert rules, and their tests pass", async () => {
  assert.match(await promtool(["check", "rules", "alerts.yaml"]), /SUCCESS: \d+ rules found/);
  assert.match(await promtool(["test", "rules", "alerts_test.yaml"]), /SUCCESS/);
});

Deno.test("promtool understands each query of the dashboard", async () => {
  await using folder = await tempFolder();
  const queries = (await dashboardQueries()).map((query) =>
    query.replaceAll("$__rate_interval", "5m")
  );
  const rules = queries.map((expr, index) => ({ record: `query:${index}`, expr }));
  const file = `${folder.path}/queries.yaml`;
  await Deno.writeTextFile(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
  const said = await promtool(["check", "rules", file]);
  assert.ok(said.includes(`SUCCESS: ${queries.length} rules found`), said);
});

Deno.test("promtool has nothing against the figures", async () => {
  await using service = await startWatched({
    "threepid.medium.email.connectors.smtp.port": freePort(),
  });
  const { clock } = service;
  await service.push(1, [inviteEvent({ origin_server_ts: clock.now() })]);
  while (!(await service.figures()).get('mails_total{outcome="deferred"}')) {
    await clock.advance(1000);
  }
  const [, text] = await service.get("/metrics");
  assert.equal(await promtool(["check", "metrics"], text), "");
});
