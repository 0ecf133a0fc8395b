/**
 * The transport that hands mails to a program on this machine, as Sendmail takes them: Postfix,
 * Exim, OpenSMTPD and msmtp bring one of that name.
 *
 * @module
 */

import { formatDuration } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { notRunnableReason } from "../../system/find_program.ts";
import { openLog } from "../../system/log_events.ts";
import {
  type Invocation,
  PROGRAM_ENVIRONMENT,
  type ProgramResult,
  type RunProgram,
} from "../../system/program.ts";
import { printable, quoted } from "../../text/printable.ts";
import { type Limits, openAttempts } from "../attempts.ts";
import { type ComposedMail, composeMail } from "../compose/compose.ts";
import type { DialogueLine, Failure, MailTransport, Receipt } from "../port.ts";
import { closedAlready, deferred, notComposed, stopped } from "../receipt.ts";
import { receiptOf } from "./exit_code.ts";
import { FROM, type SendmailSettings, TO } from "./section.ts";

const log = openLog("mail");

const CONCURRENCY = 5;

/** What the transport needs from outside. */
export interface SendmailDependencies {
  /** The time. */
  readonly clock: Clock;
  /** How programs are run. */
  readonly run: RunProgram;
  /** Hears how the program is run, and what it says. */
  readonly onDialogue?: ((line: DialogueLine) => void) | undefined;
}

/** Opens the transport. The program runs once for each mail. */
export function openSendmailTransport(
  { command, args, timeout }: SendmailSettings,
  { clock, run, onDialogue }: SendmailDependencies,
): MailTransport {
  const attempts = openAttempts(clock, timeout);

  async function handOver(mail: ComposedMail, limits: Limits): Promise<Receipt> {
    const invocation = invocationFor(mail, command, args);
    onDialogue?.({ from: "client", text: [command, ...invocation.args].map(printable).join(" ") });
    const ran = await run(invocation, limits.signal);
    tell(ran);
    // A mail that was taken is not sent again because something else came to an end meanwhile.
    if (ran.kind === "killed" && limits.stopped.aborted) return stopped("data");
    if (ran.kind === "killed" && limits.expired.aborted) return tooSlow(command, timeout);
    return receiptOf(ran, command);
  }

  function tell(ran: ProgramResult): void {
    const said = "stderr" in ran ? ran.stderr.trim() : "";
    if (said === "") return;
    log.debug("program's standard error", { command, text: printable(said) });
    for (const line of said.split("\n")) onDialogue?.({ from: "server", text: printable(line) });
  }

  return {
    name: "sendmail",
    concurrency: CONCURRENCY,
    longestSend: timeout,
    async send(message, { signal } = {}) {
      if (attempts.closed) return closedAlready();
      if (signal?.aborted) return stopped("connect");
      const mail = await composeMail(message);
      if (mail.kind === "refused") return notComposed(mail.reason);
      return await attempts.run((limits) => handOver(mail, limits), signal);
    },
    async check(): Promise<Failure | undefined> {
      const why = await notRunnableReason(command);
      if (why === undefined) return undefined;
      return { stage: "connect", reason: `${quoted(command)} cannot be run: ${why}` };
    },
    [Symbol.asyncDispose]: () => attempts[Symbol.asyncDispose](),
  };
}

// The addresses are arguments of their own, or a part of one, and the configuration has a "--" before
// the recipient's: a program that reads its arguments as POSIX has it takes neither for an option.
function invocationFor(mail: ComposedMail, command: string, args: readonly string[]): Invocation {
  const values: Readonly<Record<string, string>> = { [FROM]: mail.from, [TO]: mail.to };
  const filled = args.map((arg) => arg.replace(/\{(?:from|to)\}/g, (token) => values[token] ?? ""));
  return {
    command,
    args: filled,
    env: PROGRAM_ENVIRONMENT,
    input: withLocalLineEnds(mail.bytes),
  };
}

// Such a program reads lines as this machine has them: some add the CR to one that has it already.
function withLocalLineEnds(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.filter((octet, at) => octet !== CR || bytes[at + 1] !== LF);
}

const CR = 13;
const LF = 10;

function tooSlow(command: string, timeout: number): Receipt {
  const reason = `${quoted(command)} has not ended within ${formatDuration(timeout)}`;
  return deferred({ stage: "data", reason }, "temporary");
}
