/**
 * Opens a Maildir in another thread, which keeps the permission for this folder alone, as the service
 * gives it up.
 *
 * @module
 */

import type { NewMessages, ReadOptions } from "./maildir_files.ts";
import { programFile } from "../../system/program_file.ts";

/** A Maildir. */
export interface Maildir extends Disposable {
  /** Resolves when it needs no permission any more, of those that the service gives up. */
  readonly started: Promise<void>;
  /** Reads new messages, the oldest first. */
  readNew(options: ReadOptions): Promise<NewMessages>;
  /** Marks a message as read; resolves with why that failed, if it did. */
  markRead(name: string): Promise<string | undefined>;
}

/** What the thread is asked. */
export type MaildirQuestion =
  | { readonly kind: "read"; readonly folder: string; readonly options: ReadOptions }
  | { readonly kind: "mark"; readonly folder: string; readonly name: string };

/** What the thread answers. The first answer only says that it runs. */
export type MaildirAnswer =
  | { readonly kind: "started" }
  | { readonly kind: "answer"; readonly value: unknown }
  | { readonly kind: "failed"; readonly message: string };

/** Opens the Maildir in this folder. */
export function openMaildir(folder: string): Maildir {
  const thread = new Worker(programFile("src/mail/bounces/maildir_thread.ts"), {
    type: "module",
    name: "maildir",
    deno: {
      permissions: {
        read: [folder],
        write: [folder],
        env: false,
        ffi: false,
        import: false,
        net: false,
        run: false,
        sys: false,
      },
    },
  });
  const { promise: started, resolve, reject } = Promise.withResolvers<void>();
  const waiting: PromiseWithResolvers<unknown>[] = [];
  thread.onmessage = ({ data }: MessageEvent<MaildirAnswer>) => {
    if (data.kind === "started") return resolve();
    const asked = waiting.shift();
    if (data.kind === "answer") asked?.resolve(data.value);
    else asked?.reject(new Error(data.message));
  };
  // A defect of the thread.
  thread.onerror = (event) => {
    event.preventDefault();
    const error = new Error(`the thread for the Maildir failed: ${event.message}`);
    reject(error);
    for (const asked of waiting.splice(0)) asked.reject(error);
  };

  // The thread answers in the order in which it is asked.
  function ask(question: MaildirQuestion): Promise<unknown> {
    const asked = Promise.withResolvers<unknown>();
    waiting.push(asked);
    thread.postMessage(question);
    return asked.promise;
  }

  return {
    started,
    readNew: (options) => ask({ kind: "read", folder, options }) as Promise<NewMessages>,
    markRead: (name) => ask({ kind: "mark", folder, name }) as Promise<string | undefined>,
    [Symbol.dispose]() {
      thread.terminate();
      const closed = new Error("the Maildir is closed");
      for (const asked of waiting.splice(0)) asked.reject(closed);
      resolve();
    },
  };
}
