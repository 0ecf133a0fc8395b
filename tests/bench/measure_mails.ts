/**
 * Measures how many emails leave in a second, and what they cost.
 *
 * @module
 */

import { cpuSeconds } from "../load/service.ts";
import { Child } from "../process/child.ts";
import { makeRequests } from "./bodies.ts";
import { push } from "./http_load.ts";
import { MailSink } from "./mail_sink.ts";
import { notify, service } from "./subjects.ts";

/** How the mail server answers, and over how many connections it gets emails. */
export interface MailCase {
  /** How long each of its replies takes, in milliseconds. */
  readonly pause: number;
  readonly pool: number;
}

/** What sending emails costs, from the first that arrives to the last. */
export interface MailFigures {
  /** Emails a second. */
  readonly rate: number;
  /** Milliseconds of the sender's processor time an email. */
  readonly cpu: number;
}

const BARE = new URL("bare_mailer.ts", import.meta.url).pathname;

/** Measures the service. */
export async function mailsOfService(
  program: readonly string[] | undefined,
  { pause, pool }: MailCase,
  count: number,
): Promise<MailFigures> {
  using sink = new MailSink(pause);
  const smtp = { host: "127.0.0.1", port: sink.port, tls: 0, pool };
  const email = { identity: { from: "matrix@example.org" }, connectors: { smtp } };
  // Due when all have been accepted, so that accepting them does not count.
  const settings = { threepid: { medium: { email } }, notify: notify("3s") };
  const subject = service("", program, { pending: 0, mailServer: sink, settings });
  await using running = await subject.start();
  const requests = [makeRequests(count / 100, running.port, { events: 100, inviteEvery: 1 })];
  await push(running.port, requests, { requests: count / 100 });
  return await figuresOf(running.pid, sink, count);
}

/** Measures a bare pool of nodemailer. */
export async function mailsOfNodemailer(
  { pause, pool }: MailCase,
  count: number,
): Promise<MailFigures> {
  using sink = new MailSink(pause);
  await using child = new Child({
    name: "the bare mailer",
    command: [
      ...[Deno.execPath(), "run", "--quiet", "--frozen", "--no-check", "-A"] as const,
      // It ends with its last email, and its processor time with it.
      ...[BARE, `${sink.port}`, `${pool}`, `${count + SPARE}`],
    ],
    cwd: new URL("../..", import.meta.url).pathname,
    env: { PATH: "/usr/bin:/bin", HOME: Deno.env.get("HOME") ?? "/" },
  });
  const figures = await figuresOf(child.pid, sink, count);
  await child.ended;
  return figures;
}

const SPARE = 100;

// The first ones open the connections and compile the code.
async function figuresOf(pid: number, sink: MailSink, count: number): Promise<MailFigures> {
  const warm = Math.ceil(count / 10);
  await sink.taken(warm);
  const begun = { time: performance.now(), cpu: await cpuSeconds(pid) };
  await sink.taken(count);
  const seconds = (performance.now() - begun.time) / 1000;
  const mails = count - warm;
  return { rate: mails / seconds, cpu: (await cpuSeconds(pid) - begun.cpu) * 1000 / mails };
}
