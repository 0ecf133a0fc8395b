/**
 * The service manager's end of sd_notify.
 *
 * @module
 */

import { Journal } from "./journal.ts";

/** A socket as systemd has it, and what was sent to it. */
export async function notifySocket() {
  const folder = await Deno.makeTempDir({ prefix: "appservice-mxisd-notify-" });
  const path = `${folder}/notify`;
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  const messages = new Journal<string>("the messages to the service manager");
  const reading = (async () => {
    for await (const [bytes] of socket) messages.add(new TextDecoder().decode(bytes));
  })();
  return {
    ...{ path, messages },
    /** Waits for a message that begins so, after those before. */
    told: (text: string) => messages.find((message) => message.startsWith(text)),
    async [Symbol.asyncDispose]() {
      socket.close();
      await reading;
      await Deno.remove(folder, { recursive: true });
    },
  };
}
