import type { RequestHandler } from "../../../src/http/server/connection.ts";
import { serveHttp } from "../../../src/http/server/server.ts";
import { FakeClock } from "../../fakes/system/fake_clock.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";
import { RawConnection } from "../raw_connection.ts";

/** A server with a handler, on a port of its own and with a clock that stands still. */
export class Served implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly logs = collectLogs();
  readonly listener: Deno.TcpListener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly server: ReturnType<typeof serveHttp>;

  constructor(handler: RequestHandler, maxConnections = 10) {
    const { listener, clock } = this;
    this.server = serveHttp({ listener, handler, maxConnections, clock });
  }

  connect(): Promise<RawConnection> {
    return RawConnection.open(this.listener.addr.port);
  }

  /** Sends lines on a connection of their own, and returns the responses until it is closed. */
  async exchange(...lines: string[]): Promise<(readonly [number, string])[]> {
    using connection = await this.connect();
    await connection.send(...lines);
    const responses: (readonly [number, string])[] = [];
    for (let next; (next = await connection.response());) responses.push(next);
    return responses;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown();
    await (await this.logs)[Symbol.asyncDispose]();
  }
}

/** Responds with the method, the path and the body. */
export async function echo(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  return new Response(`${request.method} ${pathname} ${await request.text()}`.trim());
}
