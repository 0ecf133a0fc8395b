/**
 * The kinds of rows that are worked on, and the limits that they can wait for.
 *
 * @module
 */

/** The kinds of rows that are claimed. */
export type Work = "invitations" | "mails";

/** The limits that rows can be parked for. */
export type LimitName = "address" | "inviter" | "server" | "room" | "overall";

/** The reason of rows that wait for a limit. */
export const LIMIT_REASON: Readonly<Record<LimitName, string>> = {
  address: "address limit",
  inviter: "inviter limit",
  server: "server limit",
  room: "room limit",
  overall: "overall limit",
};

/** The limit that a row waits for, by its reason; `undefined` if it waits for none. */
export function limitOf(reason: string | undefined): LimitName | undefined {
  return (Object.keys(LIMIT_REASON) as LimitName[]).find((limit) => LIMIT_REASON[limit] === reason);
}
