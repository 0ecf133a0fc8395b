/**
 * A connection to a directory server that is logged in to.
 *
 * @module
 */

import type { Client, Entry } from "ldapts";
import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { onAbort } from "../../net/abort.ts";
import { formatEndpoint } from "../../net/endpoint.ts";
import type { PooledConnection } from "../../net/pool.ts";
import { socketError } from "../../net/socket_error.ts";
import type { Secret } from "../../settings/secret.ts";
import { StoreError } from "../port.ts";
import { ConnectionLost, toStoreError } from "./error.ts";
import type { LdapFilter } from "./filter.ts";
import { connectLdap, type LdapTarget } from "./socket.ts";
import { type Ldapts, wireFilter } from "./wire_filter.ts";

/** Who logs in; both are empty for an anonymous login. */
export interface LdapLogin {
  /** The bind DN, or whatever else the directory takes for it. */
  readonly bindDn: string;
  /** The password. */
  readonly bindPassword: Secret | undefined;
}

/** What is searched for. */
export interface LdapSearch {
  /** Below this entry, at any depth. */
  readonly baseDn: string;
  /** What entries have to be like. */
  readonly filter: LdapFilter;
  /** What is to be returned of them. */
  readonly attributes: readonly string[];
  /** How many entries there may be. */
  readonly sizeLimit: number;
  /** How long the directory may search, in seconds. */
  readonly timeLimit: number;
}

/** What a search found. */
export interface LdapFound {
  /** The entries. */
  readonly entries: readonly Entry[];
  /** URLs of where else one could search. */
  readonly references: readonly string[];
}

/** A connection that is logged in to. It never connects again. Closing it fails a running search. */
export interface LdapConnection extends PooledConnection {
  /** Searches; @throws {StoreError} */
  search(search: LdapSearch): Promise<LdapFound>;
}

// An entry of a person has some hundred bytes; a photograph is not asked for.
const MOST_BYTES = 2 ** 20;

/**
 * Connects and logs in.
 *
 * @throws {StoreError} When either comes to nothing.
 */
export async function openLdapConnection(
  store: string,
  target: LdapTarget,
  login: LdapLogin,
  signal: AbortSignal,
): Promise<LdapConnection> {
  const ldapts = await import("ldapts");
  const socket = await connectLdap(store, target, signal);
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  socket.once("close", () => resolve());
  using _listener = onAbort(signal, () => socket.destroy());
  try {
    const dialogue = openDialogue(store, target, ldapts, socket);
    await dialogue.ask((client) => client.bind(login.bindDn, login.bindPassword?.reveal() ?? ""));
    return {
      get isUsable() {
        return dialogue.isOpen();
      },
      search: (search) => dialogue.search(search),
      close() {
        socket.destroy();
        return closed;
      },
    };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function openDialogue(store: string, target: LdapTarget, ldapts: Ldapts, socket: Socket) {
  let given = false;
  let listening = false;
  const client = new ldapts.Client({
    url: `ldap://${formatEndpoint(target)}`,
    // Left to itself the library would connect again, in the clear and without a login, and to
    // an anonymous client a directory says "no such user".
    createConnection: (() => {
      if (given) throw new ConnectionLost(store, undefined);
      given = true;
      return socket;
    }) as never,
  });
  let bytes = 0;
  let fault: StoreError | undefined;

  // The library takes all listeners away when it gets the socket.
  function listen(): void {
    listening = true;
    socket.on("error", (error) => {
      fault ??= toStoreError(store, socketError(target, error, target.tls !== false));
    });
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MOST_BYTES) return;
      fault ??= new StoreError(store, "misconfigured", "its answer is larger than 1 MiB");
      socket.destroy();
    });
  }

  async function ask<Result>(question: (client: Client) => Promise<Result>): Promise<Result> {
    bytes = 0;
    try {
      const answer = question(client);
      if (!listening) listen();
      return await answer;
    } catch (error) {
      throw fault ?? toStoreError(store, error);
    }
  }

  return {
    ask,
    isOpen: () => client.isBound && !socket.destroyed,
    async search({ baseDn, filter, attributes, sizeLimit, timeLimit }: LdapSearch) {
      const { searchEntries, searchReferences } = await ask((client) =>
        client.search(baseDn, {
          scope: "sub",
          filter: wireFilter(ldapts, filter),
          attributes: [...attributes],
          sizeLimit,
          timeLimit,
        })
      );
      return { entries: searchEntries, references: searchReferences };
    },
  };
}
