import assert from "node:assert/strict";
import { type DemoOptions, runDemo } from "../../src/demo/demo.ts";
import { run, start } from "../cli/command_line.ts";
import { Journal } from "../process/journal.ts";
import { thoroughTest } from "../thorough.ts";

Deno.test("the demonstration prints each step and the mail's subject, and ends with 0", async () => {
  const { code, out, err } = await run(["demo"]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /@alice:example\.org invites @bob:example\.org/);
  assert.match(out, /pushes the invite: 200/);
  assert.match(out, /^ {4}Subject: Alice Adams invited you to the room “Plans for 2027”$/m);
  const mail = /kept in (.*)$/m.exec(out)?.[1] ?? "";
  assert.match(await Deno.readTextFile(mail), /^To: .*bob\.brown@corp\.example/m);
  // Of the service, its database and its tokens nothing is left.
  const folder = mail.replace(/\/[^/]*$/, "");
  const left = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  assert.deepEqual(left, ["mail-1.eml"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a demonstration that is aborted leaves nothing", async () => {
  await using running = start(["demo"]);
  const line = await running.lines.find((line) => line.includes("database is in"));
  const { code, out } = await running.stop();
  assert.equal(code, 0);
  assert.doesNotMatch(out, /Subject|Done/);
  const folder = / is in (.*)\.$/.exec(line)?.[1] ?? "";
  await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
});

/** The demonstration that stays, at its page. */
async function keep(use: (url: string) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const lines = new Journal<string>("the demonstration's lines");
  const options: DemoOptions = {
    print: (text) => text.split("\n").forEach((line) => lines.add(line)),
    keep: true,
    pagePort: 0,
    signal: stop.signal,
  };
  const running = runDemo(options);
  try {
    const line = await lines.find((line) => line.startsWith("See the emails"));
    await use(/http:\S+/.exec(line)?.[0] ?? "");
  } finally {
    stop.abort();
    await running;
    const kept = lines.items.find((line) => line.includes("kept in"));
    const folder = /kept in (.*)\/mail/.exec(kept ?? "")?.[1];
    if (folder) await Deno.remove(folder, { recursive: true });
  }
}

async function invite(url: string, fields: Record<string, string>): Promise<number> {
  const response = await fetch(new URL("/invites", url), {
    method: "POST",
    headers: { origin: new URL(url).origin },
    body: new URLSearchParams({ name: "Alice", invitee: "@bob:example.org", ...fields }),
  });
  await response.text();
  return response.status;
}

thoroughTest("with --keep there is a page that shows the mails and sends more", async () => {
  await keep(async (url) => {
    assert.match(await (await fetch(url)).text(), /Alice Adams invited you to .*Plans for 2027/);
    const hostile = `<script>alert(1)</script>`;
    assert.equal(await invite(url, { name: "Eve", room: hostile, reason: hostile }), 200);
    const page = await (await fetch(url)).text();
    assert.match(page, /Eve invited you to/);
    assert.doesNotMatch(page, /<script/);
    const mail = await (await fetch(new URL("/mails/2/html", url))).text();
    assert.doesNotMatch(mail, /<script/);
  });
});

thoroughTest("the page takes another port when its own is in use", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const stop = new AbortController();
  const printed: string[] = [];
  await runDemo({
    print(text) {
      printed.push(text);
      if (text.startsWith("See the emails")) stop.abort();
    },
    keep: true,
    pagePort: taken.addr.port,
    signal: stop.signal,
  });
  const page = printed.find((line) => line.startsWith("See the emails")) ?? "";
  assert.match(page, /http:\/\/127\.0\.0\.1:\d+\//);
  assert.ok(!page.includes(`:${taken.addr.port}/`));
  const folder = /kept in (.*)\/mail/.exec(printed.join("\n"))?.[1] ?? "";
  await Deno.remove(folder, { recursive: true });
});
