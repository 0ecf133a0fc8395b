/**
 * The part of the Chrome DevTools Protocol that the tests need
 * (https://chromedevtools.github.io/devtools-protocol/).
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
  call(method: string, params?: object, session?: string): Promise<Payload>;
  /** Resolves at the next event of this name in the session, from now on. */
  next(event: string, session: string): Promise<Payload>;
}

/** The result of a method, or the parameters of an event. */
export type Payload = Readonly<Record<string, unknown>>;

interface Incoming {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Payload;
  readonly sessionId?: string;
  readonly result?: Payload;
  readonly error?: { readonly message: string };
}

/** Connects to a browser. */
export async function connectDevTools(url: string): Promise<DevTools> {
  const socket = new WebSocket(url);
  const calls = new Map<number, PromiseWithResolvers<Payload>>();
  const events = new Map<string, PromiseWithResolvers<Payload>>();
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
      const result = Promise.withResolvers<Payload>();
      calls.set(id, result);
      socket.send(
        JSON.stringify({ id, method, params, ...(session ? { sessionId: session } : {}) }),
      );
      return result.promise;
    },
    next(event, session) {
      const key = `${session}:${event}`;
      const waiting = events.get(key) ?? Promise.withResolvers<Payload>();
      events.set(key, waiting);
      return waiting.promise;
    },
    [Symbol.dispose]: () => socket.close(),
  };
}
