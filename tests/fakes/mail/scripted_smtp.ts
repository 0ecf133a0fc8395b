/**
 * A mail server that follows a script, step by step.
 *
 * @module
 */

/** A step of the dialogue. `message` is the dot after the message. */
export type Step =
  | "greeting"
  | "ehlo"
  | "helo"
  | "starttls"
  | "auth"
  | "mail"
  | "rcpt"
  | "data"
  | "message"
  | "rset"
  | "quit";

/**
 * The server's action at a step: a reply without its last line end, silence, closing the connection,
 * or raw bytes.
 */
export type Play = string | "hang" | "drop" | {
  readonly raw: string | Uint8Array;
  /** Closes the connection afterwards. */
  readonly drop?: boolean;
};

/** An action that is chosen when the step is reached; `undefined`: the usual one. */
export type ChosenPlay = () => Play | undefined;

/** The script. */
export interface SmtpScript {
  /** The extensions that EHLO offers. */
  readonly extensions?: readonly string[];
  /** The action at each step; a list has one action for each time, over all connections. */
  readonly plays?: Partial<Record<Step, Play | readonly Play[] | ChosenPlay>>;
  /** A certificate and its key in PEM: TLS from the start. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A running server. */
export interface ScriptedSmtp extends AsyncDisposable {
  readonly port: number;
  /** All lines of clients except messages. */
  readonly lines: readonly string[];
  /** The accepted messages as received, with the stuffed dots. */
  readonly mails: readonly string[];
  /** The number of connections so far. */
  readonly connections: number;
  /** The number of open connections. */
  readonly open: number;
  /** Resolves when a step was reached so many times. */
  reached(step: Step, times?: number): Promise<void>;
  /** Closes all connections, and continues to listen. */
  dropAll(): void;
}

const DEFAULT: Readonly<Record<Step, string>> = {
  greeting: "220 scripted.example ESMTP",
  ehlo: "",
  helo: "250 scripted.example",
  starttls: "454 4.7.0 TLS not available",
  auth: "235 2.7.0 Authentication successful",
  mail: "250 2.1.0 Ok",
  rcpt: "250 2.1.5 Ok",
  data: "354 End data with <CR><LF>.<CR><LF>",
  message: "250 2.0.0 Ok: queued as 12345",
  rset: "250 2.0.0 Ok",
  quit: "221 2.0.0 Bye",
};

/** Starts a server on a free port of 127.0.0.1. */
export function startScriptedSmtp(script: SmtpScript = {}): ScriptedSmtp {
  const address = { hostname: "127.0.0.1", port: 0 };
  const listener: Deno.Listener = script.tls
    ? Deno.listenTls({ ...address, ...script.tls })
    : Deno.listen(address);
  const lines: string[] = [];
  const mails: string[] = [];
  const open = new Set<Deno.Conn>();
  const steps: Step[] = [];
  const waiters = new Set<() => void>();
  const tasks = new Set<Promise<void>>();
  const queues = new Map(
    Object.entries(script.plays ?? {}).map(([step, plays]) =>
      [step, Array.isArray(plays) ? [...plays as Play[]] : plays as Play | ChosenPlay] as const
    ),
  );
  let connections = 0;
  let closed = false;

  function playAt(step: Step): Play {
    steps.push(step);
    for (const waiter of waiters) waiter();
    const queue = queues.get(step);
    const planned = Array.isArray(queue) ? queue.shift() : queue;
    const play = typeof planned === "function" ? planned() : planned;
    if (play !== undefined) return play;
    if (step !== "ehlo") return DEFAULT[step];
    const offered = ["scripted.example", ...script.extensions ?? []];
    return offered.map((line, at) => `250${at < offered.length - 1 ? "-" : " "}${line}`)
      .join("\r\n");
  }

  // Returns whether the dialogue continues.
  async function perform(connection: Deno.Conn, step: Step): Promise<boolean> {
    const play = playAt(step);
    if (play === "drop") return false;
    if (play === "hang") {
      const buffer = new Uint8Array(1024);
      while (await connection.read(buffer) !== null);
      return false;
    }
    const reply = typeof play === "string" ? `${play}\r\n` : play.raw;
    let bytes = typeof reply === "string" ? new TextEncoder().encode(reply) : reply;
    while (bytes.length > 0) bytes = bytes.subarray(await connection.write(bytes));
    return step !== "quit" && !(typeof play === "object" && play.drop);
  }

  async function converse(connection: Deno.Conn): Promise<void> {
    const decoder = new TextDecoder("latin1");
    const buffer = new Uint8Array(64 * 1024);
    let text = "";
    let login = false;
    let mail = false;
    if (!await perform(connection, "greeting")) return;
    while (true) {
      // A message may be empty: the line end before the dot is that of DATA then.
      const end = mail ? `\r\n${text}`.indexOf("\r\n.\r\n") : text.indexOf("\r\n");
      if (end < 0) {
        const count = await connection.read(buffer);
        if (count === null) return;
        text += decoder.decode(buffer.subarray(0, count), { stream: true });
        continue;
      }
      const unit = text.slice(0, end);
      text = text.slice(end + (mail ? 3 : 2));
      if (mail) {
        mails.push(unit);
        mail = false;
        if (!await perform(connection, "message")) return;
        continue;
      }
      lines.push(unit);
      const word = login ? "auth" : unit.split(/[ :]/)[0]?.toLowerCase() ?? "";
      if (!(word in DEFAULT)) return;
      const step = word as Step;
      const next = queues.get(step);
      const reply = Array.isArray(next) ? next[0] : typeof next === "function" ? next() : next;
      login = step === "auth" && typeof reply === "string" && reply.startsWith("334");
      mail = step === "data" && (reply === undefined || /^[23]/.test(String(reply)));
      if (!await perform(connection, step)) return;
    }
  }

  const accepting = (async () => {
    for await (const connection of listener) {
      connections++;
      open.add(connection);
      const task = converse(connection).catch(() => {}).finally(() => {
        open.delete(connection);
        tasks.delete(task);
        try {
          connection.close();
        } catch {
          // Closed already, by dropAll.
        }
      });
      tasks.add(task);
    }
  })();

  function dropAll(): void {
    for (const connection of open) connection.close();
    open.clear();
  }

  return {
    port: (listener.addr as Deno.NetAddr).port,
    lines,
    mails,
    get connections() {
      return connections;
    },
    get open() {
      return open.size;
    },
    reached(step, times = 1) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => {
        if (steps.filter((other) => other === step).length < times) return;
        waiters.delete(look);
        resolve();
      };
      waiters.add(look);
      look();
      return promise;
    },
    dropAll,
    async [Symbol.asyncDispose]() {
      if (!closed) listener.close();
      closed = true;
      dropAll();
      await accepting;
      await Promise.all(tasks);
    },
  };
}
