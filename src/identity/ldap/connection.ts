/**
 * An authenticated connection to a directory server.
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
import { ConnectionLost, LdapRefusal, toStoreError } from "./error.ts";
import type { LdapFilter } from "./filter.ts";
import { diagnose } from "./other_protocol.ts";
import { connectLdap, type LdapTarget } from "./socket.ts";
import { type Ldapts, wireFilter } from "./wire_filter.ts";

/** Credentials; both are empty for an anonymous bind. */
export interface LdapLogin {
  /** The bind DN, or what the directory accepts in its place, such as a user principal name. */
  readonly bindDn: string;
  readonly bindPassword: Secret | undefined;
}

/** A search of a whole subtree. */
export interface LdapSearch {
  readonly baseDn: string;
  readonly filter: LdapFilter;
  /** The attributes to return. */
  readonly attributes: readonly string[];
  /** The maximum number of entries. */
  readonly sizeLimit: number;
  /** How long the directory may search, in seconds. */
  readonly timeLimit: number;
}

/** The result of a search. */
export interface LdapSearchResult {
  readonly entries: readonly Entry[];
  /** The LDAP URLs of other directories that may hold more entries. */
  readonly references: readonly string[];
}

/** An authenticated connection. It never reconnects. Closing it makes a running search fail. */
export interface LdapConnection extends PooledConnection {
  /** @throws {StoreError} If the search fails. */
  search(search: LdapSearch): Promise<LdapSearchResult>;
}

// An entry of a person has a few hundred bytes: photographs are not requested.
const MAX_RESPONSE_BYTES = 2 ** 20;

/**
 * Connects and binds.
 *
 * @throws {StoreError} If either fails.
 */
export async function openLdapConnection(
  store: string,
  target: LdapTarget,
  login: LdapLogin,
  signal: AbortSignal,
): Promise<LdapConnection> {
  try {
    return await connectAndBind(store, target, login, signal);
  } catch (error) {
    throw await diagnose(store, target, error, signal);
  }
}

async function connectAndBind(
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
    await dialogue.request((client) =>
      client.bind(login.bindDn, login.bindPassword?.reveal() ?? "")
    );
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
  let isUsed = false;
  let isListening = false;
  const client = new ldapts.Client({
    url: `ldap://${formatEndpoint(target)}`,
    // The library would reconnect, unencrypted and anonymously, and an anonymous client finds no
    // such user.
    createConnection: (() => {
      if (isUsed) throw new ConnectionLost(store, undefined);
      isUsed = true;
      return socket;
    }) as never,
  });
  let bytes = 0;
  let fault: StoreError | undefined;

  // The library removes all listeners when it gets the socket.
  function listen(): void {
    isListening = true;
    socket.on("error", (error) => {
      fault ??= toStoreError(store, socketError(target, error, target.tls !== false));
    });
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_RESPONSE_BYTES) return;
      fault ??= new StoreError(store, "misconfigured", "the response is larger than 1 MiB");
      socket.destroy();
    });
  }

  async function request<Result>(send: (client: Client) => Promise<Result>): Promise<Result> {
    bytes = 0;
    try {
      const response = send(client);
      if (!isListening) listen();
      return await response;
    } catch (error) {
      throw fault ?? toStoreError(store, error, formatEndpoint(target));
    }
  }

  return {
    request,
    isOpen: () => client.isBound && !socket.destroyed,
    async search({ baseDn, filter, attributes, sizeLimit, timeLimit }: LdapSearch) {
      try {
        const { searchEntries, searchReferences } = await request((client) =>
          client.search(baseDn, {
            scope: "sub",
            filter: wireFilter(ldapts, filter),
            attributes: [...attributes],
            sizeLimit,
            timeLimit,
          })
        );
        return { entries: searchEntries, references: searchReferences };
      } catch (error) {
        throw error instanceof LdapRefusal ? error.below(baseDn) : error;
      }
    },
  };
}
