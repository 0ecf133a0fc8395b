import assert from "node:assert/strict";
import { LOG_EVENTS, openLog } from "../../src/system/log_events.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

const source = new URL("../../src/", import.meta.url);

Deno.test("an event is logged with its data, under the part of the service it belongs to", async () => {
  await using logs = await collectLogs();
  openLog("deliver").info("mail sent", { mail: 7 });
  const [record] = logs.records;
  assert.deepEqual(record?.category, ["appservice-mxisd", "deliver"]);
  assert.deepEqual(logs.at("info"), [["mail sent", { mail: 7 }]]);
});

Deno.test("a part of the service has each event once, and logs it somewhere", () => {
  const texts = [...sourceTexts(source)];
  for (const [part, events] of Object.entries(LOG_EVENTS)) {
    assert.equal(new Set<string>(events).size, events.length, part);
    const ofPart = texts.filter((text) => text.includes(`openLog("${part}")`)).join("\n");
    for (const event of events) assert.ok(ofPart.includes(`"${event}"`), `${part}: ${event}`);
  }
});

function* sourceTexts(folder: URL): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const url = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) yield* sourceTexts(url);
    else if (name.endsWith(".ts")) yield Deno.readTextFileSync(url);
  }
}
