/**
 * A mail server that takes everything at once, or each command after a pause, and counts.
 *
 * @module
 */

const encoder = new TextEncoder();
const END = [13, 10, 46, 13, 10];
const QUIET_MS = 300;

/** Counts the emails that it takes. */
export class MailSink implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #pause: number;
  #last = performance.now();
  /** The emails so far. */
  count = 0;

  /** @param pause How long each reply takes, in milliseconds. */
  constructor(pause = 0) {
    this.#pause = pause;
    this.#accept();
  }

  /** Its port on 127.0.0.1. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Waits until it has taken so many emails. */
  async taken(count: number): Promise<void> {
    while (this.count < count) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  /** Waits until nothing has arrived for a while. */
  readonly settled = async (): Promise<void> => {
    this.#last = performance.now();
    while (performance.now() - this.#last < QUIET_MS) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  /** Stops listening. */
  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      // A client that goes away ends its connection, and nothing else.
      this.#serve(connection).catch(() => {}).finally(() => {
        try {
          connection.close();
        } catch {
          // It is closed already.
        }
      });
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    connection.setNoDelay();
    const reply = async (text: string) => {
      if (this.#pause > 0) await new Promise((resolve) => setTimeout(resolve, this.#pause));
      await connection.write(encoder.encode(`${text}\r\n`));
    };
    await reply("220 sink");
    const buffer = new Uint8Array(65_536);
    let isData = false;
    let tail: number[] = [];
    let line = "";
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) return;
      if (isData) {
        tail = [...tail, ...buffer.subarray(Math.max(0, count - END.length), count)].slice(
          -END.length,
        );
        if (!END.every((byte, index) => tail[index] === byte)) continue;
        isData = false;
        this.count++;
        this.#last = performance.now();
        await reply("250 taken");
        continue;
      }
      line += new TextDecoder().decode(buffer.subarray(0, count));
      for (let end = line.indexOf("\n"); end >= 0; end = line.indexOf("\n")) {
        const command = line.slice(0, 4).toUpperCase();
        line = line.slice(end + 1);
        if (command === "EHLO") await reply("250-sink\r\n250-PIPELINING\r\n250 8BITMIME");
        else if (command === "DATA") {
          isData = true;
          tail = [];
          await reply("354 go on");
        } else if (command === "QUIT") {
          await reply("221 bye");
          return;
        } else await reply("250 ok");
      }
    }
  }
}
