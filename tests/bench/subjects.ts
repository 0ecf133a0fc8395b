/**
 * What is measured: the service in several states, and what it is compared with.
 *
 * @module
 */

import { LoadedService } from "../load/service.ts";
import { Child } from "../process/child.ts";
import { freePort } from "../process/free_port.ts";
import { DOMAIN, makeRequests, PEOPLE } from "./bodies.ts";
import { push } from "./http_load.ts";

/** A running server of transactions. */
export interface Running extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** Waits until it has done what its requests cause. */
  readonly settled?: (() => Promise<void>) | undefined;
}

/** A server that can be measured. */
export interface Subject {
  readonly name: string;
  start(): Promise<Running>;
}

const BASELINE = new URL("baseline_server.ts", import.meta.url).pathname;
const PEER = new URL("peer_server.cjs", import.meta.url).pathname;

/** Deno's own server: it reads each body, or parses it as well. */
export function baseline(mode: "bytes" | "json"): Subject {
  return {
    name: mode === "bytes" ? "Deno.serve, bytes only" : "Deno.serve, JSON.parse",
    start: () =>
      startServer(mode, (port) => [
        ...[Deno.execPath(), "run", "--quiet", "--no-config", "--no-check", "--allow-net"],
        ...[BASELINE, `${port}`, mode],
      ]),
  };
}

/** The library matrix-appservice on Node.js, installed in this folder. */
export function peer(node: string, folder: string, token: string): Subject {
  return {
    name: "matrix-appservice 3",
    start: () => startServer("the peer", (port) => [node, PEER, folder, `${port}`, token]),
  };
}

/** The state that the service is in. */
export interface State {
  /** How many invitations are pending for long, so that answers are waited for. */
  readonly pending: number;
  readonly mailServer?: { readonly port: number; settled(): Promise<void> } | undefined;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** The service, from source or as an executable. */
export function service(
  name: string,
  program: readonly string[] | undefined,
  state: State,
): Subject {
  return {
    name,
    async start() {
      const memory = { enabled: true, identities: Array.from({ length: PEOPLE }, identity) };
      const settings = {
        memory,
        notify: notify(state.pending > 0 ? "30d" : "0s"),
        ...state.settings,
      };
      const mailPort = state.mailServer?.port ?? 1;
      const started = await LoadedService.start({ mailPort, settings, program });
      try {
        await invite(started.port, state.pending);
      } catch (error) {
        await started[Symbol.asyncDispose]();
        throw error;
      }
      return {
        port: started.port,
        pid: started.child.pid,
        settled: state.mailServer?.settled,
        [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
      };
    },
  };
}

/** The section `notify` of a service that holds nothing back but for this delay. */
export function notify(delay: string): Record<string, unknown> {
  const kinds = ["perAddress", "perInviter", "perServer", "perRoom", "overall"];
  const limits = Object.fromEntries(kinds.map((kind) => [kind, "off"]));
  return { delay, digest: "off", repeatAfter: "off", limits };
}

function identity(_: unknown, index: number) {
  const threepids = [{ medium: "email", address: `person${index}@mail.${DOMAIN}` }];
  return { username: `person${index}`, threepids };
}

async function invite(port: number, pending: number): Promise<void> {
  const MOST_IN_A_BODY = 100;
  for (let left = pending; left > 0; left -= MOST_IN_A_BODY) {
    const traffic = { events: Math.min(left, MOST_IN_A_BODY), inviteEvery: 1 };
    await push(port, [makeRequests(1, port, traffic)], { requests: 1 });
  }
}

async function startServer(
  name: string,
  commandFor: (port: number) => readonly string[],
): Promise<Running> {
  const port = freePort();
  const [program = "", ...args] = commandFor(port);
  const env = {
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    HOME: Deno.env.get("HOME") ?? "/",
    NO_COLOR: "1",
  };
  const child = new Child({ name, command: [program, ...args], cwd: "/", env });
  try {
    await listening(port);
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
  return { port, pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

/**
 * Waits until something listens on a port of 127.0.0.1.
 *
 * @throws {Error} When nothing does for a minute.
 */
export async function listening(port: number): Promise<void> {
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  throw new Error(`nothing listens on port ${port}`);
}
