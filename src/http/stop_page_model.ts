/**
 * Builds the models of the pages on which recipients stop mails.
 *
 * @module
 */

import type { StopToken } from "../notify/stop_token.ts";
import type { ListedTarget, StopScope, StopState } from "../outbox/suppressions.ts";
import type { ListedChoiceModel, PageModel } from "../render/page_port.ts";
import { listedValue } from "./stop_request.ts";

/** What the page with the choices depends on besides the state. */
export interface ChoicesOptions {
  /** The scope that the link in the mail is for: any text. */
  readonly preferred: string | undefined;
  /** What was stopped at this time or later can be undone, in milliseconds UTC. */
  readonly revocableSince: number;
  /** Whether the room is named. */
  readonly namesRoom: boolean;
  /** Whether the room and an inviter from another server are called as that inviter does. */
  readonly namesOutside: boolean;
}

/**
 * What the link of a mail stops without a choice, as the button of mail programs does.
 * Stopping mails from strangers must not stop those about colleagues' invitations.
 */
export function wholeScope({ outside }: Pick<StopToken, "outside">): StopScope {
  return outside === "all" ? "outside" : "all";
}

/** Whether a link can stop that. Which room and inviter it can stop, its hashes say. */
export function offers({ outside }: Pick<StopToken, "outside">, scope: StopScope): boolean {
  return scope !== "outside" || outside !== undefined;
}

/** The page with the choices that a link offers, in the language of its mail. */
export function choicesPage(
  token: StopToken,
  { about, stopped, several }: StopState,
  options: ChoicesOptions,
  nonce: string,
): PageModel {
  const { preferred, revocableSince, namesRoom, namesOutside } = options;
  const scopes: readonly StopScope[] = [
    ...(token.room ? ["room" as const] : []),
    ...(token.inviter ? ["inviter" as const] : []),
    ...(token.outside || stopped.outside !== undefined ? ["outside" as const] : []),
    "all",
  ];
  const listed = several.flatMap((target) => listedChoice(target, options));
  const offered = [...scopes, ...listed.map(({ what }) => what)];
  const preferredScope = offered.find((scope) => scope === preferred) ?? wholeScope(token);
  const withholdsNames = token.outside !== undefined && !namesOutside;
  const { name = "", alias = "", kind = "room" } = namesRoom ? about.room ?? {} : {};
  const { inviter } = about;
  return {
    page: { kind: "choices", languages: [token.language], nonce },
    choices: scopes.map((scope) => {
      const since = stopped[scope];
      return {
        what: scope,
        stopped: since !== undefined,
        revocable: since !== undefined && since >= revocableSince,
        preferred: scope === preferredScope,
      };
    }),
    listed,
    room: { label: withholdsNames ? "" : name || alias, kind },
    inviter: { name: withholdsNames ? "" : inviter?.name ?? "", id: inviter?.id ?? "" },
  };
}

// Nothing for a room that the page must not name, or cannot: it could not be told from the others.
function listedChoice(
  { scope, hash, room, inviter, outside, since }: ListedTarget,
  { preferred, revocableSince, namesRoom, namesOutside }: ChoicesOptions,
): readonly ListedChoiceModel[] {
  const isNamed = !outside || namesOutside;
  const { name = "", alias = "", kind = "room" } = namesRoom && isNamed ? room ?? {} : {};
  const label = kind === "direct" ? "" : name || alias;
  if (scope === "room" && label === "") return [];
  return [{
    what: scope,
    value: listedValue({ scope, hash }),
    stopped: since !== undefined,
    revocable: since !== undefined && since >= revocableSince,
    preferred: scope === preferred,
    room: { label, kind },
    inviter: { name: isNamed ? inviter?.name ?? "" : "", id: inviter?.id ?? "" },
  }];
}

/** A page that says only that the link is invalid, or that the request failed. */
export function messagePage(
  kind: "unknown" | "failed",
  languages: readonly string[],
  nonce: string,
): PageModel {
  return {
    page: { kind, languages, nonce },
    choices: [],
    listed: [],
    room: { label: "", kind: "room" },
    inviter: { name: "", id: "" },
  };
}
