/**
 * Listens to abort signals.
 *
 * @module
 */

/**
 * Calls the function when the signal is aborted, immediately if it already is. Disposing of the result
 * removes the listener.
 */
export function onAbort(signal: AbortSignal, callback: () => void): Disposable {
  if (signal.aborted) callback();
  else signal.addEventListener("abort", callback, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", callback) };
}
