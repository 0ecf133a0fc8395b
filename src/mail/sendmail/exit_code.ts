/**
 * Classifies how a sendmail program ended.
 *
 * @module
 */

import type { ProgramResult } from "../../system/program.ts";
import { quoted } from "../../text/printable.ts";
import type { Failure, Receipt } from "../port.ts";
import { type Deferred, deferred } from "../receipt.ts";

/** The meaning of an exit code of sysexits.h, and whose fault it is. */
interface Meaning {
  readonly text: string;
  readonly fault: Deferred["fault"];
}

// By sysexits.h, and by how such programs use it: msmtp ends with 68 when it does not find its own mail
// server, and with 69 for everything that the server refuses. 67 may be about the address, or be what the
// program makes of any refusal.
const MEANINGS: Readonly<Record<number, Meaning>> = {
  64: { text: "wrong arguments", fault: "ours" },
  65: { text: "invalid data", fault: "ours" },
  66: { text: "no input", fault: "ours" },
  67: { text: "no such user", fault: "doubtful" },
  68: { text: "no such host", fault: "temporary" },
  69: { text: "unavailable", fault: "ours" },
  70: { text: "internal error", fault: "ours" },
  71: { text: "system error", fault: "temporary" },
  72: { text: "a system file is missing", fault: "ours" },
  73: { text: "a file cannot be created", fault: "ours" },
  74: { text: "error while reading or writing", fault: "temporary" },
  75: { text: "try again later", fault: "temporary" },
  76: { text: "protocol error with a remote host", fault: "temporary" },
  77: { text: "permission denied", fault: "ours" },
  78: { text: "wrong configuration", fault: "ours" },
};

// Those that any other email would have met as well: they are about the machine, the network or the
// program's configuration. 69 and 76 may be about the message.
const GENERAL_CODES: ReadonlySet<number> = new Set([68, 71, 72, 73, 74, 75, 77, 78]);

/** The receipt for a program's result. It does not quote the output, which may name people. */
export function receiptFor(result: ProgramResult, command: string): Receipt {
  const name = quoted(command);
  switch (result.kind) {
    case "notStarted":
      return deferred(
        { stage: "connect", reason: `${name} cannot be run: ${result.reason}`, general: true },
        result.transient ? "temporary" : "ours",
      );
    case "killed":
      return deferred(
        { stage: "data", reason: `${name} was ended by ${result.signal}` },
        "temporary",
      );
    case "outputTooLarge":
      return deferred({ stage: "data", reason: `${name} writes more than 1 MiB` }, "ours");
    // Its output does not matter.
    case "notUtf8":
    case "ended":
      return receiptForCode(result.code, name);
  }
}

function receiptForCode(code: number, name: string): Receipt {
  if (code === 0) return { kind: "accepted", response: `accepted by ${name}` };
  const { text, fault } = MEANINGS[code] ?? { text: "", fault: "ours" };
  const failure: Failure = {
    stage: fault === "doubtful" ? "recipient" : "data",
    reason: `${name} ends with ${code}${text === "" ? "" : ` (${text})`}`,
    general: GENERAL_CODES.has(code) || undefined,
  };
  return deferred(failure, fault);
}
