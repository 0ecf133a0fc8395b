/**
 * A user of a homeserver, with the part of the client-server API that the tests need.
 *
 * @module
 */

/** How a room is created. */
export interface RoomOptions {
  /** The room version; the server's default when absent. */
  readonly version?: string;
  /** The room's name. */
  readonly name?: string;
  /** What the room is about. */
  readonly topic?: string;
  /** Whether messages are encrypted end to end. */
  readonly encrypted?: boolean;
  /** Whether it is a space. */
  readonly space?: boolean;
}

// The machine may be busy.
const MAX_CALL_MS = 120_000;

/** A logged-in user. */
export class MatrixUser {
  #transactions = 0;

  private constructor(
    readonly url: string,
    readonly id: string,
    readonly accessToken: string,
  ) {}

  /** Registers an account and logs in. */
  static async register(url: string, localpart: string): Promise<MatrixUser> {
    const register = (auth?: unknown) =>
      fetch(`${url}/_matrix/client/v3/register`, {
        method: "POST",
        body: JSON.stringify({ username: localpart, password: crypto.randomUUID(), auth }),
        signal: AbortSignal.timeout(MAX_CALL_MS),
      });
    // The first answer says which steps there are; Dendrite wants its session in the second call.
    const { session } = await (await register()).json();
    const response = await register({ type: "m.login.dummy", session });
    const body = await response.json();
    if (!response.ok) throw new Error(`register ${localpart}: ${JSON.stringify(body)}`);
    return new MatrixUser(url, text(body, "user_id"), text(body, "access_token"));
  }

  /** Creates a room and returns its ID. */
  async createRoom(options: RoomOptions = {}): Promise<string> {
    const encryption = {
      type: "m.room.encryption",
      state_key: "",
      content: { algorithm: "m.megolm.v1.aes-sha2" },
    };
    const body = await this.#call("POST", "createRoom", {
      preset: "private_chat",
      room_version: options.version,
      name: options.name,
      topic: options.topic,
      initial_state: options.encrypted ? [encryption] : [],
      creation_content: options.space ? { type: "m.space" } : {},
    });
    return text(body, "room_id");
  }

  /** Invites somebody to a room. */
  async invite(room: string, userId: string, reason?: string): Promise<void> {
    await this.#call("POST", `rooms/${encodeURIComponent(room)}/invite`, {
      user_id: userId,
      reason,
    });
  }

  /** Joins a room. */
  async join(room: string): Promise<void> {
    await this.#call("POST", `join/${encodeURIComponent(room)}`, {});
  }

  /** Leaves a room, or declines an invitation. */
  async leave(room: string): Promise<void> {
    await this.#call("POST", `rooms/${encodeURIComponent(room)}/leave`, {});
  }

  /** Removes somebody from a room. */
  async kick(room: string, userId: string): Promise<void> {
    await this.#call("POST", `rooms/${encodeURIComponent(room)}/kick`, { user_id: userId });
  }

  /** Sends a text message. */
  async send(room: string, body: string): Promise<void> {
    const id = `${this.#transactions++}`;
    const path = `rooms/${encodeURIComponent(room)}/send/m.room.message/${id}`;
    await this.#call("PUT", path, { msgtype: "m.text", body });
  }

  /** Changes the user's display name everywhere. */
  async setDisplayName(name: string): Promise<void> {
    const path = `profile/${encodeURIComponent(this.id)}/displayname`;
    await this.#call("PUT", path, { displayname: name });
  }

  /** Sets one type of the user's account data. */
  async setAccountData(type: string, content: unknown): Promise<void> {
    await this.#call("PUT", `user/${encodeURIComponent(this.id)}/account_data/${type}`, content);
  }

  #call(method: string, path: string, body: unknown): Promise<unknown> {
    return call(method, `${this.url}/_matrix/client/v3/${path}`, this.accessToken, body);
  }
}

async function call(method: string, url: string, token: string | undefined, body: unknown) {
  const response = await fetch(url, {
    method,
    headers: token ? { authorization: `Bearer ${token}` } : {},
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(MAX_CALL_MS),
  });
  const content = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${content}`);
  return JSON.parse(content) as unknown;
}

function text(body: unknown, key: string): string {
  const value = (body as Readonly<Record<string, unknown>>)[key];
  if (typeof value !== "string") throw new Error(`The homeserver's response has no ${key}`);
  return value;
}
