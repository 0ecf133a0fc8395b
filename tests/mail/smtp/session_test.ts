import assert from "node:assert/strict";
import { maySendCredentials } from "../../../src/mail/smtp/session.ts";

Deno.test("credentials are sent over TLS, to this machine, or if tls: 0 allows it", () => {
  for (const tls of [1, 2, 3] as const) {
    assert(maySendCredentials("password", tls, true, "192.0.2.1"));
    for (const peer of ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"]) {
      assert(maySendCredentials("password", tls, false, peer), peer);
    }
    for (const peer of ["192.0.2.1", "10.127.0.1", "2001:db8::1", "::ffff:192.0.2.1", undefined]) {
      assert(!maySendCredentials("password", tls, false, peer), peer ?? "");
    }
  }
  assert(maySendCredentials("password", 0, false, "192.0.2.1"));
  assert(!maySendCredentials("token", 0, false, "192.0.2.1"));
  assert(maySendCredentials("token", 0, false, "127.0.0.1"));
});
