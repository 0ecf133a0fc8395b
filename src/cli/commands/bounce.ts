/**
 * The command `bounce`: takes a message that a mail server passes on its standard input.
 *
 * @module
 */

import { bounceOptions, takeBounceMessage } from "../../app/bounces.ts";
import { needsAdministrator } from "../../app/start_error.ts";
import { MAX_MESSAGE_BYTES } from "../../mail/bounces/read_report.ts";
import type { BounceTaken } from "../../notify/bounces/take_bounce.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { mailName } from "../outbox/names.ts";
import { withOutbox } from "../with_outbox.ts";

/**
 * Takes the message. A mail server keeps it when the service's database or configuration cannot be used.
 *
 * @param recipient The envelope's recipient, if an option names it.
 */
export async function bounce(
  context: CommandContext,
  recipient: string | undefined,
  input: ReadableStream<Uint8Array> = Deno.stdin.readable,
): Promise<ExitCode> {
  const { out, err } = context.streams;
  const bytes = await readStart(input);
  let code: ExitCode;
  try {
    code = await withOutbox(context, async ({ outbox, settings }) => {
      const { domain } = settings.notify.bounces;
      if (domain === undefined) {
        err("notify.bounces.domain is not set: no email has a sender that this could belong to");
        return ExitCode.configuration;
      }
      const to = recipient ?? (Deno.env.get("ORIGINAL_RECIPIENT") || undefined);
      const options = bounceOptions(settings, outbox);
      out(describe(await takeBounceMessage(bytes, to, domain, options)));
      return ExitCode.ok;
    });
  } catch (error) {
    if (!needsAdministrator(error)) throw error;
    err(printable(error.message));
    return ExitCode.tryLater;
  }
  return code === ExitCode.configuration ? ExitCode.tryLater : code;
}

function describe(taken: BounceTaken): string {
  if (taken.kind === "ignored") return `Ignored: ${taken.why}`;
  const { mail, severity, score } = taken;
  return `Email ${mailName(mail)} came back (${severity}): the score of its address is ${score}`;
}

// All of it is read, as the mail server would wait otherwise.
async function readStart(input: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const bytes = new Uint8Array(MAX_MESSAGE_BYTES);
  let size = 0;
  for await (const chunk of input) {
    const part = chunk.subarray(0, MAX_MESSAGE_BYTES - size);
    bytes.set(part, size);
    size += part.length;
  }
  return bytes.slice(0, size);
}
