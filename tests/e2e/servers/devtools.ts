/**
 * Chromium's own protocol (https://chromedevtools.github.io/devtools-protocol/), as far as it is
 * needed.
 *
 * @module
 */

/** A connection to a browser. */
export interface DevTools extends Disposable {
  /**
   * Calls a method, in a page's session or for the whole browser.
   *
   * @throws {Error} When the browser refuses, or the connection ends.
   */
  call(method: string, params?: object, session?: string): Promise<Answer>;
  /** Resolves at the next event of this name in the session, from now on. */
  next(event: string, session: string): Promise<Answer>;
}

/** What a method or an event tells. */
export type Answer = Readonly<Record<string, unknown>>;

interface Incoming {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Answer;
  readonly sessionId?: string;
  readonly result?: Answer;
  readonly error?: { readonly message: string };
}

/** Connects. */
export async function connectDevTools(url: string): Promise<DevTools> {
  const socket = new WebSocket(url);
  const calls = new Map<number, PromiseWithResolvers<Answer>>();
  const events = new Map<string, PromiseWithResolvers<Answer>>();
  let last = 0;
  const opened = Promise.withResolvers<void>();
  socket.onopen = () => opened.resolve();
  socket.onerror = () => opened.reject(new Error("Chromium does not take a connection"));
  socket.onclose = () => {
    const ended = new Error("The connection to Chromium has ended");
    for (const waiting of [...calls.values(), ...events.values()]) waiting.reject(ended);
  };
  socket.onmessage = ({ data }) => {
    const { id, method, params = {}, sessionId, result = {}, error }: Incoming = JSON.parse(data);
    const call = calls.get(id ?? 0);
    calls.delete(id ?? 0);
    if (error) call?.reject(new Error(`Chromium refuses: ${error.message}`));
    else call?.resolve(result);
    const event = `${sessionId}:${method}`;
    events.get(event)?.resolve(params);
    events.delete(event);
  };
  await opened.promise;
  return {
    call(method, params = {}, session) {
      const id = ++last;
      const answer = Promise.withResolvers<Answer>();
      calls.set(id, answer);
      socket.send(
        JSON.stringify({ id, method, params, ...(session ? { sessionId: session } : {}) }),
      );
      return answer.promise;
    },
    next(event, session) {
      const key = `${session}:${event}`;
      const waiting = events.get(key) ?? Promise.withResolvers<Answer>();
      events.set(key, waiting);
      return waiting.promise;
    },
    [Symbol.dispose]: () => socket.close(),
  };
}
