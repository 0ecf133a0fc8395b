/**
 * Simulates a homeserver for the demonstration: it sends the requests of a real one.
 *
 * @module
 */

import { openDirectFetch } from "./direct_fetch.ts";

/** An invite by a user of this homeserver. */
export interface DemoInvite {
  readonly inviter: string;
  /** The inviter's name in the room. */
  readonly inviterName: string;
  readonly invitee: string;
  readonly room: string;
  /** The inviter's reason; may be empty. */
  readonly reason: string;
}

/** The statuses of the service's responses. */
export interface DemoStatuses {
  /** Of `GET /users/{userId}`, which asks whether the service creates this account. */
  readonly user: number;
  /** Of `PUT /transactions/{txnId}`. */
  readonly transaction: number;
}

/** A simulated homeserver. */
export interface DemoHomeserver extends AsyncDisposable {
  /** The port of its client-server API, which only knows the request for a ping. */
  readonly port: number;
  /** Sets the service's port on the loopback interface. */
  register(port: number): void;
  /** Pushes an invite, as one transaction. */
  invite(invite: DemoInvite): Promise<DemoStatuses>;
}

/** Starts the homeserver on a free port of the loopback interface. */
export function startDemoHomeserver(hsToken: string): DemoHomeserver {
  let service = 0;
  let transactions = 0;
  const headers = { authorization: `Bearer ${hsToken}`, "content-type": "application/json" };

  async function call(method: string, path: string, body?: unknown): Promise<number> {
    using direct = openDirectFetch(service);
    const response = await direct.fetch(`http://127.0.0.1:${service}/_matrix/app/v1${path}`, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    await response.body?.cancel();
    return response.status;
  }

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      if (!new URL(request.url).pathname.endsWith("/ping")) {
        return Response.json({ errcode: "M_UNRECOGNIZED", error: "Not simulated" }, {
          status: 404,
        });
      }
      const start = performance.now();
      const status = await call("POST", "/ping", await request.json());
      return status === 200
        ? Response.json({ duration_ms: Math.round(performance.now() - start) })
        : Response.json({ errcode: "M_BAD_STATUS", error: "Bad status", status }, { status: 502 });
    },
  );

  return {
    port: server.addr.port,
    register(port) {
      service = port;
    },
    async invite(invite) {
      const user = await call("GET", `/users/${encodeURIComponent(invite.invitee)}`);
      transactions++;
      const body = { events: [inviteEvent(invite, transactions)] };
      return { user, transaction: await call("PUT", `/transactions/${transactions}`, body) };
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}

function inviteEvent(invite: DemoInvite, number: number): unknown {
  const { inviter, inviterName, invitee, room, reason } = invite;
  function state(type: string, content: unknown, stateKey = "") {
    return { type, state_key: stateKey, sender: inviter, content };
  }
  return {
    type: "m.room.member",
    room_id: `!demo${number}:${inviter.slice(inviter.indexOf(":") + 1)}`,
    event_id: `$demo${number}`,
    sender: inviter,
    state_key: invitee,
    origin_server_ts: Date.now(),
    content: { membership: "invite", ...(reason === "" ? {} : { reason }) },
    unsigned: {
      age: 12,
      invite_room_state: [
        state("m.room.create", { room_version: "12" }),
        state("m.room.join_rules", { join_rule: "invite" }),
        state("m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" }),
        ...(room === "" ? [] : [state("m.room.name", { name: room })]),
        state("m.room.member", { membership: "join", displayname: inviterName }, inviter),
      ],
    },
  };
}
