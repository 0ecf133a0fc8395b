/**
 * The thread of {@linkcode file://./maildir.ts}.
 *
 * @module
 */

import type { MaildirAnswer, MaildirQuestion } from "./maildir.ts";
import { markRead, readNew } from "./maildir_files.ts";

// The types of a worker's global scope would replace those of the whole program.
const thread = globalThis as unknown as Pick<Worker, "onmessage" | "postMessage">;

let last: Promise<void> = Promise.resolve();

thread.onmessage = ({ data }: MessageEvent<MaildirQuestion>) => {
  last = last.then(async () => thread.postMessage(await answer(data)));
};
thread.postMessage({ kind: "started" } satisfies MaildirAnswer);

async function answer(question: MaildirQuestion): Promise<MaildirAnswer> {
  const { folder } = question;
  try {
    const value = question.kind === "read"
      ? await readNew(folder, question.options)
      : await markRead(folder, question.name);
    return { kind: "answer", value };
  } catch (error) {
    return { kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
}
