import assert from "node:assert/strict";
import { stopHash } from "../../src/notify/stop_hash.ts";
import { stopTokens } from "../../src/notify/stop_token.ts";

// As the first version wrote it. There are mails with such links, and databases with such hashes: this
// test must not be adapted to another format.
const SECRET = "the secret of an old service";
const TOKEN =
  "AQAAAAASZ3jhgrmEXB-KIQo9UWADbNpdcVCCfFKzEb0sFu0yQK7zopJ-inB0LUJS_c-yay6vZvYSqLk_J33uIw";

Deno.test("a link of the first version is still valid", () => {
  const hash = stopHash(SECRET);
  const token = stopTokens(SECRET).read(TOKEN);
  assert.ok(token);
  const { mail, language, outside, ...hashes } = token;
  assert.deepEqual([mail, language, outside], [4711, "pt-BR", undefined]);
  assert.deepEqual(
    Object.fromEntries(Object.entries(hashes).map(([kind, bytes]) => [kind, bytes?.toHex()])),
    {
      address: hash("address", "bob@mail.example").toHex(),
      room: hash("room", "!plans:example.org").toHex(),
      inviter: hash("inviter", "@alice:example.org").toHex(),
    },
  );
});
