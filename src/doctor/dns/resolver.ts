/**
 * Asks DNS servers: by UDP, and by TCP what is too long for that or has no answer.
 *
 * Deno's own resolver reports a server's failure as if there were no record, so that a domain whose
 * DNS is down would seem to have no SPF.
 *
 * @module
 */

import { createSocket } from "node:dgram";
import { isIP } from "node:net";
import { type Endpoint, formatEndpoint } from "../../net/endpoint.ts";
import { timeLimit } from "../../net/timeout.ts";
import { SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import type { RandomBytes } from "../../system/random.ts";
import { MalformedMessage, type ReadAnswer, readAnswer, writeQuestion } from "./message.ts";
import type { Answer, RecordType, Resolver } from "./port.ts";

const ATTEMPT_MS = 2 * SECOND;
const DNS_PORT = 53;
// As resolv.conf(5) has it.
const MAX_SERVERS = 3;
const RESOLV_CONF = "/etc/resolv.conf";

/** What a resolver needs of the machine. */
export interface ResolverDependencies {
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

/** The servers of this machine; none if they are not known. */
export function machineServers(): readonly Endpoint[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(RESOLV_CONF);
  } catch {
    return [];
  }
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)]
    .flatMap(([, host = ""]) => isIP(host) === 0 ? [] : [{ host, port: DNS_PORT }])
    .slice(0, MAX_SERVERS);
}

/** A resolver that asks these servers, one after the other until one can tell. */
export function openResolver(
  servers: readonly Endpoint[],
  dependencies: ResolverDependencies,
): Resolver {
  async function query(name: string, type: RecordType, signal?: AbortSignal): Promise<Answer> {
    const reasons: string[] = [];
    for (const server of servers) {
      const answer = await ask(server, name, type, dependencies, signal);
      if (answer.kind !== "failed") return answer;
      reasons.push(`${formatEndpoint(server)}: ${answer.reason}`);
    }
    return { kind: "failed", reason: reasons.join("; ") || "this machine has no DNS server" };
  }
  return { servers: servers.map(formatEndpoint), query };
}

async function ask(
  server: Endpoint,
  name: string,
  type: RecordType,
  { clock, randomBytes }: ResolverDependencies,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const [high = 0, low = 0] = randomBytes(2);
  const question = writeQuestion(high << 8 | low, name, type);
  if (question === undefined) return { kind: "none", exists: false };
  let reason = "no answer";
  for (const exchange of [exchangeUdp, exchangeTcp]) {
    using limit = timeLimit(clock, ATTEMPT_MS);
    const ended = AbortSignal.any([limit.signal, ...(signal ? [signal] : [])]);
    try {
      const answer = await exchange(
        server,
        question,
        ended,
        (message) => readAnswer(message, question, type),
      );
      if (answer.kind !== "truncated") return answer;
    } catch (error) {
      if (signal?.aborted) return { kind: "failed", reason: "it was given up" };
      if (error instanceof MalformedMessage) reason = `the answer is malformed: ${error.message}`;
      else if (!limit.signal.aborted && error instanceof Error) reason = error.message;
    }
  }
  return { kind: "failed", reason };
}

type Exchange = (
  server: Endpoint,
  question: Uint8Array,
  signal: AbortSignal,
  read: (message: Uint8Array) => ReadAnswer,
) => Promise<ReadAnswer>;

const exchangeUdp: Exchange = async ({ host, port }, question, signal, read) => {
  const socket = createSocket(isIP(host) === 6 ? "udp6" : "udp4");
  const { promise, resolve, reject } = Promise.withResolvers<ReadAnswer>();
  const onAbort = () => reject(new Error("no answer"));
  signal.addEventListener("abort", onAbort, { once: true });
  socket.on("error", reject);
  socket.on("message", (message, from) => {
    // Of a forged or a late message nothing is believed: the right one may follow.
    if (from.port !== port) return;
    try {
      resolve(read(message));
    } catch (error) {
      if (!(error instanceof MalformedMessage)) reject(error);
    }
  });
  try {
    if (signal.aborted) onAbort();
    else socket.send(question, port, host, (error) => error && reject(error));
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    socket.close();
  }
};

// Each message is preceded by its length (RFC 1035, section 4.2.2).
const exchangeTcp: Exchange = async ({ host, port }, question, signal, read) => {
  signal.throwIfAborted();
  const connection = await connectTcp(host, port, signal);
  const onAbort = () => closeQuietly(connection);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const framed = new Uint8Array([question.length >> 8, question.length & 0xFF, ...question]);
    for (let sent = 0; sent < framed.length;) sent += await connection.write(framed.subarray(sent));
    const [high = 0, low = 0] = await readExactly(connection, 2);
    return read(await readExactly(connection, high << 8 | low));
  } finally {
    signal.removeEventListener("abort", onAbort);
    closeQuietly(connection);
  }
};

async function connectTcp(host: string, port: number, signal: AbortSignal): Promise<Deno.Conn> {
  const connecting = Deno.connect({ hostname: host, port });
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new Error("no answer"));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([connecting, aborted]);
  } catch (error) {
    connecting.then(closeQuietly, () => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function readExactly(connection: Deno.Conn, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const read = await connection.read(bytes.subarray(at));
    if (read === null) throw new Error("the connection was closed");
    at += read;
  }
  return bytes;
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
