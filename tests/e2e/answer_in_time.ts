/**
 * Somebody who answers invitations before an email is due.
 *
 * @module
 */

import type { Organisation } from "./organisation.ts";
import type { MatrixUser } from "./servers/matrix_user.ts";

/**
 * Has somebody join a room and decline another one, within the delay. Where the machine is busy, so
 * that the answers come late, the next person is invited.
 */
export async function answerInTime(organisation: Organisation, alice: MatrixUser, delayMs: number) {
  for (const name of ["carol", "dave", "bob"]) {
    const person = await organisation.register(name);
    const room = await alice.createRoom({ name: "Plans" });
    const declined = await alice.createRoom({ name: "Other plans" });
    const start = performance.now();
    await alice.invite(room, person.id);
    await person.join(room);
    await alice.invite(declined, person.id);
    await person.leave(declined);
    // The service has to be told of the answers as well.
    if (performance.now() - start < delayMs / 2) return { name, person, declined };
  }
  throw new Error("nobody could answer within the delay");
}
