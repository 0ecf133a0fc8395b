/**
 * The thread of {@linkcode file://./counting_sink.ts}.
 *
 * @module
 */

// The types of a worker's global scope would replace those of the whole program.
const thread = globalThis as unknown as Pick<Worker, "onmessage" | "postMessage">;

const END_OF_MAIL = "\r\n.\r\n";

thread.onmessage = async ({ data }: MessageEvent<Int32Array>) => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  thread.postMessage(listener.addr.port);
  for await (const connection of listener) {
    talk(connection, data).catch(() => {
      // The client went away.
    });
  }
};

async function talk(connection: Deno.Conn, count: Int32Array): Promise<void> {
  using _connection = connection;
  const encoder = new TextEncoder();
  const say = (line: string) => connection.write(encoder.encode(`${line}\r\n`));
  const decoder = new TextDecoder("latin1");
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  let inMail = false;
  await say("220 sink.example ESMTP");
  for (let bytes; (bytes = await connection.read(buffer)) !== null;) {
    text += decoder.decode(buffer.subarray(0, bytes));
    for (let end; (end = text.indexOf(inMail ? END_OF_MAIL : "\r\n")) >= 0;) {
      const command = text.slice(0, 4).toUpperCase();
      text = text.slice(end + (inMail ? END_OF_MAIL.length : 2));
      if (inMail) Atomics.add(count, 0, 1);
      inMail = !inMail && command === "DATA";
      if (inMail) await say("354 go on");
      else if (command === "QUIT") return void await say("221 bye");
      else await say("250 OK");
    }
  }
}
