/** A connection that speaks HTTP by hand. */
export class RawConnection implements Disposable {
  readonly #connection: Deno.Conn;
  #received = "";

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Connects to a port of the loopback interface. */
  static async open(port: number): Promise<RawConnection> {
    return new RawConnection(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends lines, with line ends between them. */
  async send(...lines: string[]): Promise<void> {
    const bytes = new TextEncoder().encode(lines.join("\r\n"));
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#connection.write(bytes.subarray(sent));
    }
  }

  /** The next response's status and body; `undefined` when the connection was closed. */
  async response(): Promise<[number, string] | undefined> {
    const buffer = new Uint8Array(65_536);
    while (true) {
      const [, head, status] = /^(HTTP\/1\.1 (\d+) [^]*?\r\n\r\n)/.exec(this.#received) ?? [];
      const length = Number(/^content-length: (\d+)\r$/im.exec(head ?? "")?.[1] ?? 0);
      if (head && this.#received.length >= head.length + length) {
        const body = this.#received.slice(head.length, head.length + length);
        this.#received = this.#received.slice(head.length + length);
        return [Number(status), body];
      }
      const count = await this.#connection.read(buffer).catch(() => null);
      if (count === null) return undefined;
      this.#received += new TextDecoder().decode(buffer.subarray(0, count));
    }
  }

  /** All that comes until the connection is closed. */
  async rest(): Promise<string> {
    const buffer = new Uint8Array(65_536);
    for (let count; (count = await this.#connection.read(buffer).catch(() => null)) !== null;) {
      this.#received += new TextDecoder().decode(buffer.subarray(0, count));
    }
    return this.#received;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
