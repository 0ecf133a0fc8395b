/**
 * The transport that passes mails to the program sendmail on this machine, which Postfix, Exim,
 * OpenSMTPD and msmtp bring.
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
import { receiptFor } from "./exit_code.ts";
import { FROM, type SendmailSettings, TO } from "./section.ts";

const log = openLog("mail");

const CONCURRENCY = 5;

/** What the transport needs from outside. */
export interface SendmailDependencies {
  readonly clock: Clock;
  readonly run: RunProgram;
  /** Called with the command line and the program's standard error. */
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
    const result = await run(invocation, limits.signal);
    logOutput(result);
    // An accepted mail is not sent again because it was stopped or its time ended meanwhile.
    if (result.kind === "killed" && limits.stopped.aborted) return stopped("data");
    if (result.kind === "killed" && limits.expired.aborted) return tooSlow(command, timeout);
    return receiptFor(result, command);
  }

  function logOutput(result: ProgramResult): void {
    const stderr = "stderr" in result ? result.stderr.trim() : "";
    if (stderr === "") return;
    log.debug("program's standard error", { command, text: printable(stderr) });
    for (const line of stderr.split("\n")) onDialogue?.({ from: "server", text: printable(line) });
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
      const reason = await notRunnableReason(command);
      if (reason === undefined) return undefined;
      return { stage: "connect", reason: `${quoted(command)} cannot be run: ${reason}` };
    },
    [Symbol.asyncDispose]: () => attempts[Symbol.asyncDispose](),
  };
}

// The addresses are arguments or parts of arguments, and the configuration has a "--" before the
// recipient's: a program that parses its arguments by POSIX takes neither for an option.
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

// The program expects the line ends of this machine: some add a CR to a line that already has one.
function withLocalLineEnds(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.filter((octet, at) => octet !== CR || bytes[at + 1] !== LF);
}

const CR = 13;
const LF = 10;

function tooSlow(command: string, timeout: number): Receipt {
  const reason = `${quoted(command)} has not ended within ${formatDuration(timeout)}`;
  return deferred({ stage: "data", reason, general: true }, "temporary");
}
