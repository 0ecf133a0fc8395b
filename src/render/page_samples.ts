/**
 * Sample stop pages: one for each state, and one with hostile values.
 *
 * @module
 */

import type { ChoiceModel, ListedChoiceModel, PageModel } from "./page_port.ts";

// Of a mail about several rooms and inviters.
const LISTED: PageModel["listed"] = [
  listed("room", "Plans", { stopped: true, revocable: true }),
  listed("room", "R&D <b>", { room: { label: "R&D <b>", kind: "space" } }),
  listed("inviter", "Alice", {}),
  listed("inviter", "", { inviter: { name: "", id: "@mallory:partner.example" } }),
];

/** The samples by name. */
export const PAGE_SAMPLES: Readonly<Record<string, PageModel>> = {
  choices: choices({}),
  "nothing-known": choices({
    room: { label: "", kind: "room" },
    inviter: { name: "", id: "" },
  }),
  "only-all": choices({ offered: ["all"] }),
  outside: choices({
    offered: ["room", "inviter", "outside", "all"],
    preferred: "outside",
    room: { label: "", kind: "room" },
    inviter: { name: "", id: "@mallory:partner.example" },
  }),
  "outside-stopped": choices({
    offered: ["room", "inviter", "outside", "all"],
    stopped: ["outside"],
    inviter: { name: "", id: "@mallory:partner.example" },
  }),
  "room-stopped": choices({ stopped: ["room"] }),
  "all-stopped": choices({ stopped: ["all"] }),
  "too-late": choices({ stopped: ["inviter", "all"], revocable: false }),
  several: { ...choices({ offered: ["outside", "all"] }), listed: LISTED },
  space: choices({ room: { label: "Garden club", kind: "space" } }),
  direct: choices({ room: { label: "", kind: "direct" }, preferred: "inviter" }),
  hostile: choices({
    room: {
      label: "R&D \u202e</strong><script>alert(1)</script> https://evil.example/?a=1&b={{ x }}",
      kind: "room",
    },
    inviter: {
      name: '"><img src=x onerror=alert(1)>\r\nSet-Cookie: a=b',
      id: "@'--><style>*{display:none}</style>:evil.example",
    },
  }),
  unknown: { ...choices({ offered: [] }), page: page("unknown") },
  failed: { ...choices({ offered: [] }), page: page("failed") },
};

interface Difference extends Partial<Pick<PageModel, "room" | "inviter">> {
  readonly offered?: readonly ChoiceModel["what"][];
  readonly stopped?: readonly ChoiceModel["what"][];
  readonly revocable?: boolean;
  readonly preferred?: ChoiceModel["what"];
}

function choices(difference: Difference): PageModel {
  const { offered = ["room", "inviter", "all"], stopped = [], preferred = "all" } = difference;
  return {
    page: page("choices"),
    choices: offered.map((what) => ({
      what,
      stopped: stopped.includes(what),
      revocable: stopped.includes(what) && (difference.revocable ?? true),
      preferred: what === preferred,
    })),
    listed: [],
    room: difference.room ?? { label: "Plans", kind: "room" },
    inviter: difference.inviter ?? { name: "Alice", id: "@alice:example.org" },
  };
}

function listed(
  what: ListedChoiceModel["what"],
  name: string,
  difference: Partial<ListedChoiceModel>,
): ListedChoiceModel {
  return {
    what,
    value: `${what}:c2FtcGxl${name.length}`,
    stopped: false,
    revocable: false,
    preferred: false,
    room: { label: what === "room" ? name : "", kind: "room" },
    inviter: { name, id: what === "inviter" ? "@alice:example.org" : "" },
    ...difference,
  };
}

function page(kind: PageModel["page"]["kind"]): PageModel["page"] {
  return { kind, languages: ["en"], nonce: "c2FtcGxl" };
}
