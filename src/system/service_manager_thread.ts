/**
 * The thread of {@linkcode file://./service_manager.ts}.
 *
 * @module
 */

import { dirname } from "node:path";
import type { ManagerOrder, ManagerResult } from "./service_manager.ts";

// The types of a worker's global scope would replace those of the whole program.
const thread = globalThis as unknown as Pick<Worker, "onmessage" | "postMessage">;

const encoder = new TextEncoder();
let socket: Deno.DatagramConn | undefined;
let last: Promise<void> = Promise.resolve();

thread.onmessage = ({ data }: MessageEvent<ManagerOrder>) => {
  last = last.then(async () => thread.postMessage(await send(data)));
};

async function send({ own, manager, message }: ManagerOrder): Promise<ManagerResult> {
  try {
    socket ??= open(own);
    await socket.send(encoder.encode(message), { transport: "unixpacket", path: manager });
    return { failure: undefined };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

// Nobody answers, so its name may go at once, and is not left behind by a kill.
function open(own: string): Deno.DatagramConn {
  const opened = Deno.listenDatagram({ transport: "unixpacket", path: own });
  Deno.removeSync(dirname(own), { recursive: true });
  return opened;
}
