/**
 * Listening to abort signals.
 *
 * @module
 */

/**
 * Calls the function when the signal is aborted, at once when it already is. Disposing of the result
 * stops listening.
 */
export function onAbort(signal: AbortSignal, callback: () => void): Disposable {
  if (signal.aborted) callback();
  else signal.addEventListener("abort", callback, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", callback) };
}
