import assert from "node:assert/strict";
import { isLoopback, isUnencrypted, loopbackHost } from "../../src/domain/loopback.ts";

Deno.test("this machine is 127.0.0.0/8, ::1 and localhost", () => {
  for (
    const host of ["127.0.0.1", "127.255.0.9", "::ffff:127.0.0.1", "::1", "[::1]", "localhost"]
  ) {
    assert.ok(isLoopback(host), host);
  }
  const others = [
    "",
    "127.1",
    "127.0.0.1.example.org",
    "128.0.0.1",
    "::2",
    "0.0.0.0",
    "localhost.org",
  ];
  for (const host of others) assert.ok(!isLoopback(host), host);
});

Deno.test("a URL of this machine says on which host to listen", () => {
  assert.equal(loopbackHost("http://localhost:8090/x"), "127.0.0.1");
  assert.equal(loopbackHost("https://127.0.0.2"), "127.0.0.2");
  assert.equal(loopbackHost("http://[::1]:8090"), "::1");
  assert.equal(loopbackHost("http://localhost.example.org"), undefined);
  assert.equal(loopbackHost("localhost"), undefined);
});

Deno.test("http is unencrypted where it leaves this machine", () => {
  assert.ok(isUnencrypted("HTTP://example.org"));
  assert.ok(!isUnencrypted("https://example.org"));
  assert.ok(!isUnencrypted("http://[::1]"));
});
