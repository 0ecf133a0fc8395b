/**
 * Provides what the parts of the program need of the machine.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { type HttpClient, openHttpClient } from "../net/http_client.ts";
import { reportsCertificates } from "../net/verify_peer.ts";
import { type Clock, systemClock } from "../system/clock.ts";
import type { RunProgram } from "../system/program.ts";
import { type RandomBytes, systemRandom } from "../system/random.ts";
import { ReadError, readText } from "../system/read_file.ts";
import { runProgram } from "../system/run_program.ts";
import { printable, quoted } from "../text/printable.ts";
import { StartError } from "./start_error.ts";

/** What the parts need of the machine. */
export interface Platform extends Disposable {
  readonly clock: Clock;
  /** Unpredictable bytes. */
  readonly randomBytes: RandomBytes;
  /** A number from 0 to 1, to spread retries. */
  readonly random: () => number;
  /** Sends HTTP requests, without following redirects; it trusts {@linkcode authorities} as well. */
  readonly fetch: typeof fetch;
  readonly run: RunProgram;
  /** Certificates in PEM, trusted in addition to the well-known ones. */
  readonly authorities: readonly string[];
}

// All the well-known authorities together have a quarter of a megabyte.
const MAX_CA_BYTES = 4 * 1024 * 1024;

/** The same with another wall clock. */
export function withTimeOf(platform: Platform, { now }: Pick<Clock, "now">): Platform {
  const { clock } = platform;
  return {
    ...platform,
    clock: {
      now,
      monotonic: () => clock.monotonic(),
      sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
    },
  };
}

/**
 * The machine that the program runs on. The certificates of `tls.ca` are read here, once: later the
 * service has no permission to read files.
 *
 * @throws {StartError} When `tls.ca` has no certificates that can be used.
 */
export function machinePlatform({ tls }: Pick<Settings, "tls">): Platform {
  const machine = {
    clock: systemClock,
    randomBytes: systemRandom,
    random: Math.random,
    run: runProgram,
  };
  const authorities = tls.ca === undefined ? [] : readAuthorities(tls.ca);
  const client = reportsCertificates
    ? openHttpClient({ clock: machine.clock, authorities })
    : openBuiltInClient(authorities);
  return {
    ...machine,
    fetch: client.fetch,
    authorities,
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

// Deno's own, which says in its errors what is wrong with a certificate: before 2.9 a socket does not.
function openBuiltInClient(authorities: readonly string[]): HttpClient {
  const client = Deno.createHttpClient({ caCerts: [...authorities] });
  return {
    fetch: (input, init) => fetch(input, { ...init, client }),
    [Symbol.dispose]: () => client.close(),
  };
}

function readAuthorities(file: string): readonly string[] {
  try {
    const authorities = [readText(file, { maxBytes: MAX_CA_BYTES })];
    // Reports what is no certificate; a TLS connection would ignore it.
    Deno.createHttpClient({ caCerts: authorities }).close();
    return authorities;
  } catch (cause) {
    if (cause instanceof ReadError) throw new StartError(`tls.ca: ${cause.message}`, { cause });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(
      `tls.ca: the certificates in ${quoted(file)} cannot be used: ${printable(reason)}`,
      { cause },
    );
  }
}
