/**
 * A service that is going to be killed: it opens the outbox of the given file, brings one
 * invitation as far as the second argument says, says so, and lives on.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  queueMails,
  recordInvite,
} from "../../contracts/outbox_samples.ts";
import { openSubject } from "./subject.ts";

const [file, until] = Deno.args;
assert(file !== undefined);
const subject = openSubject(file);
if (until === "recorded") {
  await recordInvite(subject, invite(1));
} else if (until === "claimed") {
  await recordInvite(subject, invite(1));
  subject.clock.advance(DELAY);
  await claimInvitation(subject);
} else if (until === "sending") {
  await queueMails(subject, invite(1));
  await claimMail(subject);
}
await Deno.stdout.write(new TextEncoder().encode("ready\n"));
await new Promise<void>((resolve) => setTimeout(resolve, 60_000));
