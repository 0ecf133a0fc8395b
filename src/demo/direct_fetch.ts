/**
 * Sends HTTP requests to a port of the loopback interface.
 *
 * @module
 */

/** Sends requests straight to the port, whatever their URL says. */
export interface DirectFetch extends Disposable {
  readonly fetch: typeof fetch;
}

/**
 * Opens it. Deno's own `fetch` sends even requests to the loopback interface to the proxy that
 * `HTTP_PROXY` names.
 */
export function openDirectFetch(port: number): DirectFetch {
  const client = Deno.createHttpClient({
    proxy: { transport: "tcp", hostname: "127.0.0.1", port },
  });
  return {
    fetch: (input, init) => fetch(input, { ...init, client }),
    [Symbol.dispose]: () => client.close(),
  };
}
