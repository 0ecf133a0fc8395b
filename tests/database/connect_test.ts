import assert from "node:assert/strict";
import { Socket } from "node:net";
import { ignoreLateErrors } from "../../src/database/connect.ts";

Deno.test("an error of a socket ends nothing, also when its driver has removed all listeners", () => {
  const socket = new Socket();
  let told = 0;
  socket.on("error", () => told++);
  ignoreLateErrors(socket);
  socket.emit("error", new Error("before"));
  assert.equal(socket.removeAllListeners(), socket);
  socket.emit("error", new Error("write UNKNOWN"));
  assert.equal(told, 1);
  socket.destroy();
});
