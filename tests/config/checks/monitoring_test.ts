import assert from "node:assert/strict";
import { load, loaded, messagesFor, SECTIONS } from "../configuration.ts";

const PLACE = /^mxisd\.yaml:\d+:\d+: /;

async function problems(text: string): Promise<readonly string[]> {
  return (await messagesFor(text)).map((message) => message.replace(PLACE, ""));
}

function server(metrics: string): string {
  return `${SECTIONS.server}  metrics: ${metrics}\n`;
}

Deno.test("there is no listener for monitoring until a port is set, and then it is local", async () => {
  const { settings: { server: plain, monitoring } } = await loaded("");
  assert.deepEqual(plain.metrics, { host: "127.0.0.1" });
  assert.deepEqual(monitoring, { pingEvery: 300_000, maxDelay: 900_000 });
  const { settings } = await loaded(server("{ port: 8091, host: 0.0.0.0 }"));
  assert.deepEqual(settings.server.metrics, { host: "0.0.0.0", port: 8091 });
});

const WRONG = [
  [server("{ port: 8090 }"), /^server\.metrics\.port: is 8090, the port of server\.port/],
  [server("{ port: 0 }"), /^server\.metrics\.port: /],
  [server("{ host: 'http://localhost' }"), /^server\.metrics\.host: expected a host/],
  ["monitoring: { ping: ping.example.org/secret }\n", /^monitoring\.ping: is not a URL/],
  ["monitoring: { ping: 'ftp://ping.example.org/secret' }\n", /^monitoring\.ping: is not a URL/],
  ["monitoring: { pingEvery: 1s }\n", /^monitoring\.pingEvery: /],
  ["monitoring: { maxDelay: 2d }\n", /^monitoring\.maxDelay: /],
] as const;

for (const [text, expected] of WRONG) {
  Deno.test(`${text.trim().split("\n").at(-1)} is refused, without a secret`, async () => {
    const told = await problems(text);
    assert.equal(told.length, 1, told.join("\n"));
    assert.match(told[0] ?? "", expected);
    assert.ok(!told[0]?.includes("secret"));
  });
}

Deno.test("the URL that is asked may be in a file, and is not printed", async () => {
  const files = { ping_url: "https://ping.example.org/0123456789abcdef\n" };
  const { settings } = await loaded("monitoring: { ping: { file: ping_url } }\n", { files });
  assert.equal(settings.monitoring.ping?.reveal(), "https://ping.example.org/0123456789abcdef");
  assert.ok(!JSON.stringify(settings).includes("0123456789abcdef"));
  const result = await load("monitoring: { ping: { file: missing } }\n");
  assert.equal(result.kind, "refused");
});
