import assert from "node:assert/strict";
import { openNoneTransport } from "../../src/mail/none.ts";
import { testMailTransport } from "../contracts/mail_transport.ts";
import { message } from "../fakes/mail/messages.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

testMailTransport({
  name: "none",
  open() {
    const transport = openNoneTransport();
    return Promise.resolve({
      transport,
      arrived: () => undefined,
      [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
    });
  },
});

Deno.test("a dropped mail is logged with its Message-ID alone", async () => {
  await using logs = await collectLogs();
  await openNoneTransport().send(message());
  assert.deepEqual(logs.at("debug"), [[
    "mail dropped, no connector is configured",
    { messageId: "<3f2a9c@example.org>" },
  ]]);
});
