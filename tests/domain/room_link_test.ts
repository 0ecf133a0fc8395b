import fc from "fast-check";
import assert from "node:assert/strict";
import {
  DEFAULT_LINK,
  type LinkTemplate,
  parseLinkTemplate,
  roomLink,
  viaServers,
} from "../../src/domain/room_link.ts";
import { codePoint } from "../fakes/text/code_point.ts";

function template(text: string): LinkTemplate {
  const parsed = parseLinkTemplate(text);
  if (parsed.kind === "wrong") throw new Error(parsed.reason);
  return parsed.template;
}

Deno.test("the default link is a valid template", () => {
  assert.equal(template(DEFAULT_LINK), DEFAULT_LINK);
});

Deno.test("a room opens by matrix.to with its servers", () => {
  const link = roomLink(DEFAULT_LINK, {
    roomId: "!plans:example.org",
    via: ["example.org", "matrix.org:8448"],
  });
  assert.equal(
    link,
    "https://matrix.to/#/!plans%3Aexample.org?via=example.org&via=matrix.org%3A8448",
  );
});

Deno.test("servers are listed once, ignoring case", () => {
  assert.equal(
    roomLink(DEFAULT_LINK, { roomId: "!a:b.example", via: ["b.example", "B.Example"] }),
    "https://matrix.to/#/!a%3Ab.example?via=b.example",
  );
});

Deno.test("invalid server names are dropped, and no question mark is left over", () => {
  const target = { roomId: "!a", via: ["", "evil example", "a/../b", "x&via=y"] };
  assert.equal(roomLink(DEFAULT_LINK, target), "https://matrix.to/#/!a");
  assert.equal(
    roomLink(template("https://chat.example/?go={room}&{via}#top"), target),
    "https://chat.example/?go=!a#top",
  );
});

Deno.test("an alias replaces the room ID where the template prefers it", () => {
  const preferred = template("https://chat.example/#/room/{roomOrAlias}");
  const target = { roomId: "!a:b.example", via: [] };
  assert.equal(
    roomLink(preferred, { ...target, alias: "#plans:b.example" }),
    "https://chat.example/#/room/%23plans%3Ab.example",
  );
  for (const alias of ["", "plans", "#plans", "#:b.example"]) {
    assert.equal(
      roomLink(preferred, { ...target, alias }),
      "https://chat.example/#/room/!a%3Ab.example",
    );
  }
});

Deno.test("the servers are those of the room ID and of the sender", () => {
  assert.deepEqual(viaServers("!a:one.example", "@x:two.example"), ["one.example", "two.example"]);
  assert.deepEqual(viaServers("!a:one.example", "@x:One.example"), ["one.example"]);
  assert.deepEqual(viaServers("!version12", "@x:[::1]:8448"), ["[::1]:8448"]);
  assert.deepEqual(viaServers("!a:b c", "nobody"), []);
});

const REFUSED: readonly [string, RegExp][] = [
  ["", /expected https/],
  ["matrix.to/#/{room}", /expected https/],
  ["ftp://matrix.to/{room}", /expected https/],
  ["javascript:alert(1)//{room}", /expected https/],
  ["{room}", /expected https/],
  ["https://{room}/", /expected https/],
  ["https://matrix.to{room}/", /expected https/],
  ["https://chat.example:{room}/", /expected https/],
  ["https://user@chat.example/{room}", /expected https/],
  ["https://chat.example\\{room}", /white space/],
  ["https://chat.example/ {room}", /white space/],
  ["https://chat.example/\n{room}", /white space/],
  ['https://chat.example/"{room}', /white space/],
  ["https://chat.example:99999/{room}", /expected https/],
  ["http://chat.example/{room}", /loopback/],
  ["http://localhost.example/{room}", /loopback/],
  ["https://chat.example/{user}", /^"\{user\}" is not a placeholder: write \{room\}/],
  ["https://chat.example/{room", /^"\{room" is not a placeholder/],
  ["https://chat.example/room}", /^"\}" is not a placeholder/],
  ["https://chat.example/{{room}}", /is not a placeholder/],
  ["https://chat.example/{\u001b[31m}", /^"\{\\u\{1b\}\[31m\}" is not a placeholder/],
];

for (const [text, why] of REFUSED) {
  Deno.test(`a link template ${JSON.stringify(text)} is refused`, () => {
    const parsed = parseLinkTemplate(text);
    assert.equal(parsed.kind, "wrong");
    if (parsed.kind === "wrong") assert.match(parsed.reason, why);
  });
}

for (const host of ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080"]) {
  Deno.test(`http is taken for ${host}`, () => {
    assert.equal(parseLinkTemplate(`http://${host}/#/{room}`).kind, "link");
  });
}

const hostile = fc.oneof(
  fc.string({ unit: codePoint }),
  fc.string({ unit: fc.constantFrom(..."./\\%2eE?#&:@!\r\n\u0000\ud800{room}{via}") }),
  fc.constantFrom("..", ".", "%2e%2e", "../..", "", "!..", "//evil.example", "{via}"),
);
const SHAPES = [
  "https://chat.example/a/{room}/b",
  "https://chat.example/a/{roomOrAlias}/b?{via}",
  "https://chat.example/a/b/{room}{roomOrAlias}?{via}#{room}",
  "https://chat.example/a/b/c?room={room}&{via}&x=1",
];

Deno.test("no room ID or alias changes where a link leads", () => {
  fc.assert(fc.property(hostile, hostile, fc.array(hostile), (roomId, alias, via) => {
    for (const shape of SHAPES) {
      const link = roomLink(template(shape), { roomId, alias, via });
      const url = new URL(link);
      assert.match(link, /^[\x21-\x7E]+$/);
      assert.doesNotMatch(link, /["'<>()\\]/);
      assert.equal(url.origin, "https://chat.example");
      assert.equal(url.pathname.split("/").length, 4);
      assert.ok(url.pathname.startsWith("/a/"));
      if (shape.includes("x=1")) assert.equal(url.searchParams.get("x"), "1");
    }
  }));
});

Deno.test("a room ID is read back from its link", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (opaque) => {
    const link = new URL(roomLink(template("https://c.example/?r={room}"), {
      roomId: `!${opaque}`,
      via: [],
    }));
    assert.equal(link.searchParams.get("r"), `!${opaque}`.toWellFormed());
  }));
});
