import assert from "node:assert/strict";
import { OutputQueue } from "../../src/cli/output_queue.ts";
import { FakeClock, idle } from "../fakes/system/fake_clock.ts";

/** A reader of both streams, which can stand still, go away, or have a full disk. */
class Reader {
  /** What was written, with the stream before each write. */
  readonly writes: string[] = [];
  /** What writing fails with. */
  failure: Error | undefined;
  /** How many bytes are written before it fails. */
  bytesBeforeFailure = 0;
  #standing: PromiseWithResolvers<void> | undefined;

  stand(): void {
    this.#standing = Promise.withResolvers();
  }

  goOn(): void {
    this.#standing?.resolve();
    this.#standing = undefined;
  }

  get text(): string {
    return this.writes.map((write) => write.slice("out ".length)).join("");
  }

  writer(stream: string) {
    return {
      write: async (bytes: Uint8Array): Promise<number> => {
        await this.#standing?.promise;
        const taken = this.failure ? bytes.subarray(0, this.bytesBeforeFailure) : bytes;
        this.bytesBeforeFailure = 0;
        if (this.failure && taken.length === 0) throw this.failure;
        this.writes.push(`${stream} ${new TextDecoder().decode(taken)}`);
        return taken.length;
      },
    };
  }
}

function open(out = new Reader(), err = out) {
  const clock = new FakeClock();
  let closed = 0;
  const queue = new OutputQueue({
    out: out.writer("out"),
    err: err.writer("err"),
    clock,
    onClosed: () => closed++,
  });
  return { queue, out, err, clock, closed: () => closed };
}

const LINE = `${"x".repeat(1023)}\n`;

Deno.test("lines of both streams are written in order, those of one in one write", async () => {
  const { queue, out } = open();
  queue.err("a");
  queue.err("b\n");
  queue.out("c");
  queue.err("d");
  assert.equal(await queue.close(), true);
  assert.deepEqual(out.writes, ["err a\nb\n", "out c\n", "err d\n"]);
});

Deno.test("while the reader stands still, a limited amount waits, and the rest is counted", async () => {
  const { queue, err } = open();
  err.stand();
  for (let count = 0; count < 3_000; count++) queue.err(LINE);
  queue.err("two\nlines");
  err.goOn();
  await idle();
  const lines = err.text.split("\n");
  const kept = lines.filter((line) => line.startsWith("x")).length;
  assert.ok(kept >= 1024 && kept <= 1100, `${kept}`);
  assert.equal(lines.at(-2), `${3_002 - kept} lines dropped`);
  queue.err("later");
  await queue.close();
  assert.equal(err.text.split("\n").at(-2), "later");
});

Deno.test("the notice stands where lines are missing", async () => {
  const { queue, err } = open();
  queue.describeDropped = (lines) => `[${lines}]`;
  err.stand();
  for (let count = 0; count < 2_000; count++) queue.err(LINE);
  err.goOn();
  // One batch has left the queue, and there is room again.
  while (err.writes.length < 1) await Promise.resolve();
  queue.err("later");
  await queue.close();
  assert.match(err.text, /x\n\[\d+\]\nlater\n$/);
});

Deno.test("a line that is longer than the limit is written", async () => {
  const { queue, err } = open();
  const long = "x".repeat(3 * 2 ** 20);
  queue.err(long);
  await queue.close();
  assert.equal(err.text, `${long}\n`);
});

Deno.test("results are never dropped", async () => {
  const { queue, out } = open();
  out.stand();
  for (let count = 0; count < 3_000; count++) queue.out(LINE);
  out.goOn();
  assert.equal(await queue.close(), true);
  assert.equal(out.text.length, 3_000 * LINE.length);
});

Deno.test("at the end, standard error has two seconds, and results have the time they need", async () => {
  const { queue, out, err, clock } = open(new Reader(), new Reader());
  err.stand();
  queue.err("problem");
  queue.out("result");
  const closed = queue.close();
  await clock.advance(1_999);
  assert.deepEqual(out.writes, []);
  out.stand();
  await clock.advance(60_000);
  assert.deepEqual(out.writes, []);
  out.goOn();
  assert.equal(await closed, true);
  assert.deepEqual(out.writes, ["out result\n"]);
});

Deno.test("lines that a full disk refuses are counted, and told when it has space", async () => {
  const { queue, err } = open();
  err.failure = new Error("No space left on device");
  queue.err("lost");
  await idle();
  queue.err("lost too");
  await idle();
  err.failure = undefined;
  queue.err("written");
  await queue.close();
  assert.equal(err.text, "2 lines dropped\nwritten\n");
});

Deno.test("after a line that was written in part, the next one begins a new line", async () => {
  const { queue, err } = open();
  err.failure = new Error("No space left on device");
  err.bytesBeforeFailure = 3;
  queue.err("broken off");
  await idle();
  err.failure = undefined;
  queue.err("whole");
  await queue.close();
  assert.equal(err.text, "bro\n1 lines dropped\nwhole\n");
});

Deno.test("a reader that has closed standard error is ignored", async () => {
  const { queue, err, closed } = open();
  err.failure = new Deno.errors.BrokenPipe();
  for (let count = 0; count < 100; count++) queue.err("lost");
  assert.equal(await queue.close(), true);
  assert.equal(closed(), 0);
});

Deno.test("a reader that has closed the results ends the command, without an error", async () => {
  const { queue, out, err, closed } = open(new Reader(), new Reader());
  out.failure = new Deno.errors.BrokenPipe();
  queue.out("result");
  await idle();
  queue.out("another");
  assert.equal(await queue.close(), true);
  assert.equal(closed(), 1);
  assert.equal(err.text, "");
});

Deno.test("results that cannot be written are an error that is printed", async () => {
  const { queue, out, err, closed } = open(new Reader(), new Reader());
  out.failure = new Error("No space left on device");
  queue.out("result");
  assert.equal(await queue.close(), false);
  assert.equal(closed(), 1);
  assert.match(err.text, /^The results cannot be written: /);
});
