/**
 * The program under load, with what it costs.
 *
 * @module
 */

import type { SmtpSink } from "../fakes/mail/smtp_sink.ts";
import { Child } from "../process/child.ts";
import { freePort } from "../process/free_port.ts";
import { logEvent, programCommand, programEnvironment } from "../process/program.ts";
import { startHealthProbe } from "./health_probe.ts";

/** The homeserver's name. */
export const DOMAIN = "example.org";
/** The token of the homeserver. */
export const HS_TOKEN = "hs-VDxUpXFqbN4Qh2rK-load";

/** The settings `notify.limits` of a service that sends whatever it is given. */
export const UNLIMITED = { perAddress: "off", perInviter: "off", perServer: "off", perRoom: "off" };

/** The settings `memory` with so many people: `@p0`, who has `p0@mail.example`, and so on. */
export function peopleWithMail(count: number): Readonly<Record<string, unknown>> {
  const identities = Array.from({ length: count }, (_, number) => ({
    username: `p${number}`,
    threepids: [{ medium: "email", address: `p${number}@mail.example` }],
  }));
  return { enabled: true, identities };
}

/** How the service is configured. */
export interface LoadedServiceOptions {
  /** The mail server's port. */
  readonly mailPort: number;
  /** Top-level keys that replace the usual ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The program; by default its source, or the executable that E2E_EXECUTABLE names. */
  readonly program?: readonly string[] | undefined;
  /** How many files it may have open (`ulimit -n`); the shell's own limit by default. */
  readonly openFiles?: number;
  /** Called with the path of the database before the service starts. */
  readonly prepare?: (file: string) => Promise<void>;
}

/** What a load cost. */
export interface Cost {
  /** The largest resident set, in MiB. */
  readonly peakMiB: number;
  /** The longest time that `/health` took, in milliseconds. */
  readonly healthMs: number;
  /** Processor time, in seconds. */
  readonly cpuSeconds: number;
  /** How late a colleague's mail arrived after it was due, in milliseconds, where there is one. */
  readonly colleagueMs?: number | undefined;
}

/** A running service in a folder of its own. */
export class LoadedService implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    /** Where it listens. */
    readonly port: number,
    /** The process. */
    readonly child: Child,
  ) {
    this.#stack = stack;
  }

  /** Starts it, and waits until it listens. */
  static async start(options: LoadedServiceOptions): Promise<LoadedService> {
    await using stack = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "appservice-mxisd-load-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const port = freePort();
    const settings = { ...usualSettings(folder, port, options.mailPort), ...options.settings };
    await Deno.writeTextFile(`${folder}/mxisd.yaml`, JSON.stringify(settings), { mode: 0o600 });
    const program = options.program ?? await programCommand();
    await options.prepare?.(databaseIn(folder));
    const command = [...program, "serve", "-c", "mxisd.yaml"];
    const { openFiles } = options;
    // `exec`, so that the process that is measured is the program itself.
    const limited = ["/bin/sh", "-c", `ulimit -n ${openFiles} && exec "$@"`, "sh", ...command];
    const child = stack.use(
      new Child({
        name: "the service",
        command: (openFiles === undefined ? command : limited) as [string, ...string[]],
        cwd: folder,
        env: { ...programEnvironment(), PATH: "/usr/bin:/bin" },
      }),
    );
    await child.line((line) => logEvent(line)?.event === "listening");
    return new LoadedService(stack.move(), port, child);
  }

  /** Pushes events as the homeserver does, and returns the status. */
  async push(id: string, events: readonly unknown[]): Promise<number> {
    const response = await fetch(
      `http://127.0.0.1:${this.port}/_matrix/app/v1/transactions/${id}`,
      {
        method: "PUT",
        headers: { authorization: `Bearer ${HS_TOKEN}`, "content-type": "application/json" },
        body: JSON.stringify({ events }),
      },
    );
    await response.body?.cancel();
    return response.status;
  }

  /** The path of the stop page in a mail, which is sent for it. */
  async stopPath(sink: SmtpSink): Promise<string> {
    const status = await this.push("stop", [invite({ room_id: "!stop:example.org" })]);
    if (status !== 200) throw new Error(`the transaction got ${status}`);
    const PATIENCE_MS = 30_000;
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      for (const { email } of sink.mails) {
        const path = /http:\/\/127\.0\.0\.1:[0-9]+(\/stop\/[\w-]+)/.exec(email.text ?? "")?.[1];
        if (path !== undefined) return path;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`no mail within ${PATIENCE_MS} ms`);
  }

  /** Runs the work and returns what it cost the service. */
  async measure(work: () => Promise<void>): Promise<Cost> {
    const { pid } = this.child;
    // Resets the peak (proc(5), clear_refs).
    await Deno.writeTextFile(`/proc/${pid}/clear_refs`, "5");
    const before = await cpuSeconds(pid);
    await using probe = startHealthProbe(this.port, pid);
    await work();
    return {
      healthMs: await probe.longest(),
      peakMiB: await peakMiB(pid),
      cpuSeconds: await cpuSeconds(pid) - before,
    };
  }

  /** Ends it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** An invite of bob, with what is different. */
export function invite(differences: Readonly<Record<string, unknown>>): unknown {
  return {
    type: "m.room.member",
    room_id: "!plans:example.org",
    event_id: "$placeholder",
    sender: "@alice:example.org",
    state_key: "@bob:example.org",
    origin_server_ts: Date.now(),
    content: { membership: "invite" },
    unsigned: { invite_room_state: [] },
    ...differences,
  };
}

function databaseIn(folder: string): string {
  return `${folder}/outbox.db`;
}

function usualSettings(folder: string, port: number, mailPort: number): Record<string, unknown> {
  return {
    matrix: { domain: DOMAIN },
    appsvc: {
      endpoint: {
        toHS: { url: "http://127.0.0.1:1" },
        toAS: { url: `http://127.0.0.1:${port}`, token: HS_TOKEN },
      },
    },
    server: { port, publicUrl: `http://127.0.0.1:${port}` },
    storage: { provider: { sqlite: { database: databaseIn(folder) } } },
    memory: {
      enabled: true,
      identities: ["alice", "bob"].map((username) => ({
        username,
        threepids: [{ medium: "email", address: `${username}@mail.example` }],
      })),
    },
    threepid: {
      medium: {
        email: {
          identity: { from: "matrix@example.org" },
          connectors: { smtp: { host: "127.0.0.1", port: mailPort, tls: 0 } },
        },
      },
    },
    notify: { delay: "1s" },
  };
}

// The fields utime and stime in clock ticks, of which Linux has 100 a second (proc(5)).
/** The processor time of a process, in seconds. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function peakMiB(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
