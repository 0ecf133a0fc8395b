import assert from "node:assert/strict";
import { MAX_BODY_BYTES } from "../../src/http/appservice.ts";
import { application, AUTHORIZED, outcome } from "../fakes/http/application.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

Deno.test("a body whose Content-Length is too large is refused unread", async () => {
  const { app, bodies } = application();
  const response = await app.request("/transactions/1", {
    method: "PUT",
    headers: { ...AUTHORIZED, "content-length": `${MAX_BODY_BYTES + 1}` },
    body: "{}",
  });
  assert.deepEqual(await outcome(response), [413, "M_TOO_LARGE"]);
  assert.deepEqual(bodies, []);
});

/** A body of blanks that never ends, and how much of it was read. */
function endless() {
  const chunk = new Uint8Array(256 * 1024).fill(0x20);
  const state = { read: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      state.read += chunk.length;
      controller.enqueue(chunk);
    },
    cancel() {
      state.cancelled = true;
    },
  });
  return { body, state };
}

Deno.test("a body without Content-Length is read up to the limit and no further", async () => {
  const { app, bodies } = application();
  const { body, state } = endless();
  const response = await app.request("/transactions/1", {
    method: "PUT",
    headers: AUTHORIZED,
    body,
  });
  assert.deepEqual(await outcome(response), [413, "M_TOO_LARGE"]);
  assert.ok(state.cancelled);
  assert.ok(state.read <= MAX_BODY_BYTES + 1024 * 1024);
  assert.deepEqual(bodies, []);
});

for (
  const [method, path, status] of [["PUT", "/transactions/1", 401], ["POST", "/users/x", 405], [
    "PUT",
    "/x",
    404,
  ]] as const
) {
  Deno.test(`no more than a megabyte of a body is read for a ${status}`, async () => {
    await using _logs = await collectLogs();
    const { app } = application();
    const { body, state } = endless();
    assert.equal((await outcome(await app.request(path, { method, body })))[0], status);
    assert.ok(state.cancelled);
    assert.ok(state.read <= 2 * 1024 * 1024);
  });
}

Deno.test("a body of exactly the limit is accepted", async () => {
  const { app, bodies } = application();
  const body = new Uint8Array(MAX_BODY_BYTES).fill(0x20);
  const response = await app.request("/transactions/1", {
    method: "PUT",
    headers: AUTHORIZED,
    body,
  });
  assert.equal(response.status, 200);
  assert.equal(bodies[0]?.length, MAX_BODY_BYTES);
});

Deno.test("a body in several chunks is joined", async () => {
  const { app, bodies } = application();
  const pieces = ['{"ev', 'ents"', ":[]}"];
  const body = ReadableStream.from(pieces.map((piece) => new TextEncoder().encode(piece)));
  await app.request("/transactions/1", { method: "PUT", headers: AUTHORIZED, body });
  assert.equal(new TextDecoder().decode(bodies[0]), pieces.join(""));
});

Deno.test("a compressed body is refused, one with the encoding identity is read", async () => {
  const { app, bodies } = application();
  for (const [encoding, status] of [["gzip", 400], ["br", 400], ["identity", 200]] as const) {
    const headers = { ...AUTHORIZED, "content-encoding": encoding };
    const response = await app.request("/transactions/1", { method: "PUT", headers, body: "{}" });
    assert.deepEqual(await outcome(response), [status, status === 400 ? "M_NOT_JSON" : undefined]);
  }
  assert.equal(bodies.length, 1);
});

Deno.test("no part of an incomplete body is accepted", async () => {
  await using _logs = await collectLogs();
  const { app, bodies } = application();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"events":[')),
    pull: (controller) => controller.error(new Error("connection reset")),
  });
  const response = await app.request("/transactions/1", {
    method: "PUT",
    headers: AUTHORIZED,
    body,
  });
  assert.deepEqual(await outcome(response), [400, "M_UNKNOWN"]);
  assert.deepEqual(bodies, []);
});

Deno.test("a body that is not JSON, or not a transaction, is refused with its own error code", async () => {
  await using logs = await collectLogs();
  const cases = [["not JSON", "M_NOT_JSON"], ["not a transaction", "M_BAD_JSON"]] as const;
  for (const [why, errcode] of cases) {
    const { app } = application(() => Promise.resolve({ kind: "malformed", why }));
    const response = await app.request("/transactions/1", {
      method: "PUT",
      headers: AUTHORIZED,
      body: "x",
    });
    assert.deepEqual(await outcome(response), [400, errcode]);
  }
  assert.equal(logs.at("warning").length, 2);
});
