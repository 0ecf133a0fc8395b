import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { smtpServerEnd } from "../../src/demo/smtp_server_end.ts";

Deno.test("a client that stays is disconnected when the mail server ends, which leaves nothing behind", async () => {
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    closeTimeout: 1,
  });
  server.on("error", () => {});
  const end = smtpServerEnd(server);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.server.address() as AddressInfo;
  using client = await Deno.connect({ hostname: "127.0.0.1", port });
  const buffer = new Uint8Array(1024);
  assert.match(
    new TextDecoder().decode(buffer.subarray(0, await client.read(buffer) ?? 0)),
    /^220 /,
  );
  let isClosed = false;
  server.server.once("close", () => isClosed = true);
  // The client neither reads on nor closes.
  await end();
  assert.ok(isClosed, "its connection is still open");
});
