/**
 * What the pages tell on which recipients stop mails.
 *
 * @module
 */

import type { StopToken } from "../notify/stop_token.ts";
import type { StopScope, StopState } from "../outbox/suppressions.ts";
import type { PageModel } from "../render/page_port.ts";

/** What the page with the choices depends on besides the state. */
export interface ChoicesOptions {
  /** What the recipient came for, as the link has it: any text. */
  readonly what: string | undefined;
  /** What was stopped at this time or later can be taken back, in milliseconds UTC. */
  readonly revocableSince: number;
  /** Whether the room is named. */
  readonly namesRoom: boolean;
}

/** The page with the choices that a link gives, in the language of its mail. */
export function choicesPage(
  token: StopToken,
  { about, stopped }: StopState,
  { what, revocableSince, namesRoom }: ChoicesOptions,
  nonce: string,
): PageModel {
  const offered: readonly StopScope[] = [
    ...(token.room ? ["room" as const] : []),
    ...(token.inviter ? ["inviter" as const] : []),
    "all",
  ];
  const preferred = offered.find((scope) => scope === what) ?? "all";
  const { name = "", alias = "", kind = "room" } = namesRoom ? about.room ?? {} : {};
  const { inviter } = about;
  return {
    page: { kind: "choices", languages: [token.language], nonce },
    choices: offered.map((scope) => {
      const since = stopped[scope];
      return {
        what: scope,
        stopped: since !== undefined,
        revocable: since !== undefined && since >= revocableSince,
        preferred: scope === preferred,
      };
    }),
    room: { label: name || alias, kind },
    inviter: { name: inviter?.name ?? "", id: inviter?.id ?? "" },
  };
}

/** A page that says no more than that something did not work. */
export function messagePage(
  kind: "unknown" | "failed",
  languages: readonly string[],
  nonce: string,
): PageModel {
  return {
    page: { kind, languages, nonce },
    choices: [],
    room: { label: "", kind: "room" },
    inviter: { name: "", id: "" },
  };
}
