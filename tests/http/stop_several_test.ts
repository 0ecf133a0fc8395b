import assert from "node:assert/strict";
import { StopSite } from "../fakes/http/stop_site.ts";
import { textOf } from "../render/liquid/html_structure.ts";

const LUNCH = "!lunch:example.org";
const DAVE = "@dave:example.org";
const MALLORY = "@mallory:partner.example";

/** What the page offers: the text above each button, with the button's name and value. */
async function offered(site: StopSite, path: string): Promise<[heading: string, button: string][]> {
  const html = await (await site.app.request(path)).text();
  return [...html.matchAll(/<section>(.*?)<\/section>/gs)].map(([, section = ""]) => {
    const [, name, value] = /<button name="(\w+)" value="([\w:-]+)"/.exec(section) ?? [];
    const [, heading = ""] = /<h2[^>]*>(.*?)<\/h2>/s.exec(section) ?? [];
    return [textOf(heading).trim(), `${name} ${value}`];
  });
}

function valueOf(offers: readonly [string, string][], part: string): string {
  const [, button = ""] = offers.find(([heading]) => heading.includes(part)) ?? [];
  return button.split(" ")[1] ?? "";
}

Deno.test("the page of a mail about several rooms lets each be stopped alone, and undone", async () => {
  await using site = new StopSite();
  const path = await site.linkOf(await site.digest({}, { room: LUNCH, inviter: DAVE }));
  const offers = await offered(site, path);
  assert.deepEqual(offers.map(([heading]) => heading.replace(/^Emails about invitations /, "")), [
    "to the room “Plans 1”",
    "to the room “Plans 2”",
    "from @alice:example.org",
    "from @dave:example.org",
    "All emails about invitations",
  ]);
  const room = valueOf(offers, "Plans 2");
  assert.match(room, /^room:[\w-]{16}$/);
  assert.equal((await site.post(path, { stop: room })).status, 303);
  assert.deepEqual(await site.stopped(), ["room"]);
  const [stored] = await site.outbox.suppressions.list();
  assert.equal(stored?.target, LUNCH);
  assert.equal(await site.invited({ room: LUNCH }), undefined);
  assert.ok(await site.invited({ room: "!other:example.org" }));

  assert.equal(valueOf(await offered(site, path), "Plans 2"), room);
  assert.ok((await offered(site, path)).some(([, button]) => button === `undo ${room}`));
  await site.post(path, { undo: room });
  assert.deepEqual(await site.stopped(), []);
});

Deno.test("the page of a mail about several inviters lets each be stopped alone", async () => {
  await using site = new StopSite();
  const path = await site.linkOf(await site.digest({}, { room: LUNCH, inviter: DAVE }));
  const inviter = valueOf(await offered(site, path), DAVE);
  await site.post(path, { stop: inviter });
  assert.equal(await site.invited({ room: "!third:example.org", inviter: DAVE }), undefined);
  assert.ok(await site.invited({ room: "!fourth:example.org" }));
});

Deno.test("what is one for the whole mail stays a choice of its own", async () => {
  await using site = new StopSite();
  const path = await site.linkOf(await site.digest({}, { room: LUNCH }));
  const buttons = (await offered(site, path)).map(([, button]) => button.replace(/:.*/, ""));
  assert.deepEqual(buttons, ["stop room", "stop room", "stop inviter", "stop all"]);
});

Deno.test("a room or an inviter that the mail was not about cannot be stopped", async () => {
  await using site = new StopSite();
  const path = await site.linkOf(await site.digest({}, { room: LUNCH, inviter: DAVE }));
  const other = await site.linkOf(
    await site.digest({ room: "!a:x", inviter: "@a:x" }, { room: "!b:x", inviter: "@b:x" }),
  );
  const foreign = valueOf(await offered(site, other), "@a:x");
  const own = valueOf(await offered(site, path), DAVE);
  assert.match(foreign, /^inviter:/);
  for (
    const value of [
      foreign,
      own.replace("inviter", "room"),
      "room:",
      "inviter:AAAAAAAAAAAAAAAA",
      `${own}=`,
      `${own}\n`,
      "outside:AAAAAAAAAAAAAAAA",
    ]
  ) {
    for (const name of ["stop", "undo"]) await site.post(path, { [name]: value });
  }
  assert.deepEqual(await site.stopped(), []);
});

Deno.test("of many rooms or inviters none is listed", async () => {
  await using site = new StopSite();
  const rooms = Array.from({ length: 6 }, (_, n) => ({ room: `!${n}:example.org` }));
  const path = await site.linkOf(await site.digest(...rooms));
  assert.deepEqual((await offered(site, path)).map(([, button]) => button), [
    "stop inviter",
    "stop all",
  ]);
  const people = rooms.map(({ room }, n) => ({ room: `${room}x`, inviter: `@${n}:example.org` }));
  const other = await site.linkOf(await site.digest(...people));
  assert.deepEqual((await offered(site, other)).map(([, button]) => button), ["stop all"]);
});

Deno.test("the page calls rooms and inviters from outside as little by a name as the mail", async () => {
  for (const namesOutside of [false, true]) {
    await using site = new StopSite({ namesOutside });
    const mail = await site.digest({}, { room: "!spam:partner.example", inviter: MALLORY });
    const headings = (await offered(site, await site.linkOf(mail))).map(([heading]) => heading);
    assert.equal(headings.some((heading) => heading.includes("Plans 2")), namesOutside);
    assert.ok(headings.some((heading) => heading.includes("Plans 1")));
    assert.ok(headings.some((heading) => heading.includes(MALLORY)));
    assert.ok(headings.some((heading) => heading.includes("outside your organisation")));
  }
});

Deno.test("where rooms are not named, only inviters can be told apart", async () => {
  await using site = new StopSite({ namesRoom: false });
  const path = await site.linkOf(await site.digest({}, { room: LUNCH, inviter: DAVE }));
  const headings = (await offered(site, path)).map(([heading]) => heading);
  assert.equal(headings.filter((heading) => heading.includes("room")).length, 0);
  assert.equal(headings.length, 3);
});

Deno.test("a link that was followed for the room leaves all rooms to choose from", async () => {
  await using site = new StopSite();
  const path = await site.linkOf(await site.digest({}, { room: LUNCH, inviter: DAVE }));
  const html = await (await site.app.request(`${path}?what=room`)).text();
  const main = [...html.matchAll(/<button name="stop" value="([a-z]+)[^>]* class="main"/g)];
  assert.deepEqual(main.map(([, what]) => what), ["room", "room"]);
});

Deno.test("without the mail's row, its page offers what its link holds", async () => {
  await using site = new StopSite();
  const path = await site.linkOf(await site.digest({}, { room: LUNCH, inviter: DAVE }));
  await site.outbox.pruneFinished(site.clock.now() + 1);
  assert.deepEqual((await offered(site, path)).map(([, button]) => button), ["stop all"]);
});
