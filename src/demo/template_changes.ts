/**
 * Watches templates for changes.
 *
 * @module
 */

import type { Clock } from "../system/clock.ts";

/** Files and folders that are watched. */
export interface TemplateChanges extends Disposable {
  /** The number of changes so far. */
  readonly count: number;
  /** A stream of events, one for each change (HTML, 9.2, server-sent events). */
  events(): ReadableStream<Uint8Array>;
}

// Writing a file causes several events: it is truncated, filled, and perhaps renamed.
const SETTLE_MS = 50;

/** Watches files and folders. What cannot be watched, such as embedded files, is ignored. */
export function watchTemplates(paths: readonly string[], clock: Clock): TemplateChanges {
  const closed = new AbortController();
  const listeners = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const watchers = paths.flatMap((path) => watch(path) ?? []);
  let count = 0;

  let settling = false;
  async function follow(watcher: Deno.FsWatcher): Promise<void> {
    for await (const { kind } of watcher) {
      // Reading is not a change.
      if (kind === "access" || settling) continue;
      settling = true;
      void clock.sleep(SETTLE_MS, closed.signal).then(notify);
    }
  }
  function notify(): void {
    settling = false;
    count++;
    for (const listener of listeners) listener.enqueue(CHANGED);
  }
  for (const watcher of watchers) void follow(watcher);

  return {
    get count() {
      return count;
    },
    events() {
      let own: ReadableStreamDefaultController<Uint8Array>;
      return new ReadableStream({
        start(controller) {
          own = controller;
          listeners.add(own);
          // Lets the browser know that the stream is open.
          own.enqueue(GREETING);
        },
        cancel: () => void listeners.delete(own),
      });
    },
    [Symbol.dispose]() {
      closed.abort();
      for (const watcher of watchers) watcher.close();
      for (const listener of listeners) listener.close();
      listeners.clear();
    },
  };
}

const CHANGED = new TextEncoder().encode("data: changed\n\n");
const GREETING = new TextEncoder().encode(": watching\n\n");

function watch(path: string): Deno.FsWatcher | undefined {
  try {
    return Deno.watchFs(path);
  } catch {
    return undefined;
  }
}
