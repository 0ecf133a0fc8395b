import { getConfig, getLogger } from "@logtape/logtape";
import assert from "node:assert/strict";
import { levelFor, openLogging } from "../../src/cli/logging.ts";
import { LOG_LEVELS } from "../../src/config/sections/logging.ts";
import { loaded } from "../config/configuration.ts";

const log = getLogger(["appservice-mxisd", "test"]);

async function logged(level: typeof LOG_LEVELS[number], errIsTerminal: boolean): Promise<string[]> {
  const lines: string[] = [];
  const streams = { out: assert.fail, err: (text: string) => void lines.push(text), errIsTerminal };
  await using _logging = await openLogging(level, streams);
  log.trace("traced");
  log.debug("debugged");
  log.info("informed", { room: "!a:b" });
  log.error("failed");
  return lines;
}

Deno.test("a person at a terminal gets text, a program gets JSON", async () => {
  const [text = ""] = await logged("info", true);
  assert.match(text, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO {4}test: informed room=!a:b$/);
  const [json = ""] = await logged("info", false);
  assert.equal(JSON.parse(json).event, "informed");
});

for (
  const [format, pattern] of [
    ["json", /^\{"time":/],
    ["text", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO {4}test: informed$/],
    ["journal", /^<6>test: informed$/],
  ] as const
) {
  Deno.test(`logging.format: ${format} decides, at a terminal and elsewhere`, async () => {
    const { settings } = await loaded(`logging: { format: ${format} }\n`);
    for (const errIsTerminal of [true, false]) {
      const lines: string[] = [];
      const err = (text: string) => void lines.push(text);
      await using _logging = await openLogging(
        "info",
        { out: assert.fail, err, errIsTerminal },
        settings,
      );
      log.info("informed");
      assert.match(lines[0] ?? "", pattern);
    }
  });
}

Deno.test("nothing is logged below the level", async () => {
  for (const [level, count] of [["trace", 4], ["debug", 3], ["info", 2], ["fatal", 0]] as const) {
    assert.equal((await logged(level, true)).length, count, level);
  }
});

Deno.test("logging that is disposed of leaves nothing behind", async () => {
  await logged("trace", true);
  assert.equal(getConfig(), null);
});

Deno.test("-v and -vv make logging more verbose, never less", () => {
  for (const level of LOG_LEVELS) {
    assert.equal(levelFor(level, 0), level);
    assert.equal(levelFor(level, 1), level === "trace" ? "trace" : "debug");
    assert.equal(levelFor(level, 2), "trace");
  }
});

Deno.test("renewed logging has the new level and format, and hides the secrets of both settings", async () => {
  const withSecret = async (secret: string, logging: string) =>
    (await loaded(`notify: { secret: ${secret} }\nlogging: ${logging}\n`)).settings;
  const [before, after] = [
    "first-secret-of-this-test-of-logs",
    "second-secret-of-this-test-of-logs",
  ] as const;
  const lines: string[] = [];
  const err = (text: string) => void lines.push(text);
  const streams = { out: assert.fail, err, errIsTerminal: false };
  await using logging = await openLogging("info", streams, await withSecret(before, "{}"));
  const settings = await withSecret(after, "{ format: journal }");
  logging.hide(settings);
  log.info("informed", { token: after });
  logging.renew("error", settings);
  log.info("no longer logged");
  log.error("failed", { tokens: `${before} ${after}` });
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? "", /^\{.*"token":"\[redacted\]"\}$/);
  assert.equal(lines[1], '<3>test: failed tokens="[redacted] [redacted]"');
});
