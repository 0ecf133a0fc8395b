/**
 * What the end of a program that takes mails means for the mail and for its address.
 *
 * @module
 */

import type { ProgramResult } from "../../system/program.ts";
import { quoted } from "../../text/printable.ts";
import type { Failure, Receipt } from "../port.ts";
import { deferred } from "../receipt.ts";

/** What an exit code of sysexits.h says, and what comes of the mail. */
interface Meaning {
  readonly says: string;
  readonly outcome: "temporary" | "ours" | "rejected";
}

// By sysexits.h, and by what programs of this kind make of it: msmtp ends with 68 when it does not
// find its own mail server, and with 69 whatever that refuses. So 67 alone is the address's fault.
const MEANINGS: Readonly<Record<number, Meaning>> = {
  64: { says: "wrong arguments", outcome: "ours" },
  65: { says: "wrong data", outcome: "ours" },
  66: { says: "no input", outcome: "ours" },
  67: { says: "no such user", outcome: "rejected" },
  68: { says: "no such host", outcome: "temporary" },
  69: { says: "unavailable", outcome: "ours" },
  70: { says: "internal error", outcome: "ours" },
  71: { says: "error of the system", outcome: "temporary" },
  72: { says: "a file of the system is missing", outcome: "ours" },
  73: { says: "a file cannot be made", outcome: "ours" },
  74: { says: "error while reading or writing", outcome: "temporary" },
  75: { says: "try again later", outcome: "temporary" },
  76: { says: "error in the dialogue with another machine", outcome: "temporary" },
  77: { says: "permission denied", outcome: "ours" },
  78: { says: "wrong configuration", outcome: "ours" },
};

/** The receipt for a program's end. Its own words are not in it: they may name people. */
export function receiptOf(ran: ProgramResult, command: string): Receipt {
  const name = quoted(command);
  switch (ran.kind) {
    case "notStarted":
      return deferred(
        { stage: "connect", reason: `${name} cannot be run: ${ran.reason}` },
        ran.transient ? "temporary" : "ours",
      );
    case "killed":
      return deferred({ stage: "data", reason: `${name} was ended by ${ran.signal}` }, "temporary");
    case "outputTooLarge":
      return deferred({ stage: "data", reason: `${name} writes more than 1 MiB` }, "ours");
    // What it writes does not matter.
    case "notUtf8":
    case "ended":
      return receiptForCode(ran.code, name);
  }
}

function receiptForCode(code: number, name: string): Receipt {
  if (code === 0) return { kind: "accepted", response: `${name} has taken it` };
  const { says, outcome } = MEANINGS[code] ?? { says: "", outcome: "ours" };
  const failure: Failure = {
    stage: outcome === "rejected" ? "recipient" : "data",
    reason: `${name} ends with ${code}${says === "" ? "" : ` (${says})`}`,
  };
  return outcome === "rejected" ? { kind: "rejected", ...failure } : deferred(failure, outcome);
}
