/**
 * Classifies how a sendmail program ended.
 *
 * @module
 */

import type { ProgramResult } from "../../system/program.ts";
import { quoted } from "../../text/printable.ts";
import type { Failure, Receipt } from "../port.ts";
import { deferred } from "../receipt.ts";

/** The meaning of an exit code of sysexits.h, and the outcome for the mail. */
interface Meaning {
  readonly text: string;
  readonly outcome: "temporary" | "ours" | "rejected";
}

// By sysexits.h, and by how such programs use it: msmtp ends with 68 when it does not find its own
// mail server, and with 69 for everything that the server refuses. So 67 alone is the address's
// fault.
const MEANINGS: Readonly<Record<number, Meaning>> = {
  64: { text: "wrong arguments", outcome: "ours" },
  65: { text: "invalid data", outcome: "ours" },
  66: { text: "no input", outcome: "ours" },
  67: { text: "no such user", outcome: "rejected" },
  68: { text: "no such host", outcome: "temporary" },
  69: { text: "unavailable", outcome: "ours" },
  70: { text: "internal error", outcome: "ours" },
  71: { text: "system error", outcome: "temporary" },
  72: { text: "a system file is missing", outcome: "ours" },
  73: { text: "a file cannot be created", outcome: "ours" },
  74: { text: "error while reading or writing", outcome: "temporary" },
  75: { text: "try again later", outcome: "temporary" },
  76: { text: "protocol error with a remote host", outcome: "temporary" },
  77: { text: "permission denied", outcome: "ours" },
  78: { text: "wrong configuration", outcome: "ours" },
};

/** The receipt for a program's result. It does not quote the output, which may name people. */
export function receiptFor(result: ProgramResult, command: string): Receipt {
  const name = quoted(command);
  switch (result.kind) {
    case "notStarted":
      return deferred(
        { stage: "connect", reason: `${name} cannot be run: ${result.reason}` },
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
  const { text, outcome } = MEANINGS[code] ?? { text: "", outcome: "ours" };
  const failure: Failure = {
    stage: outcome === "rejected" ? "recipient" : "data",
    reason: `${name} ends with ${code}${text === "" ? "" : ` (${text})`}`,
  };
  return outcome === "rejected" ? { kind: "rejected", ...failure } : deferred(failure, outcome);
}
