/**
 * Sample mails: one for each kind of invitation and of setting, and one with hostile values.
 *
 * @module
 */

import type { InvitationModel, MailModel } from "./port.ts";

/** What a sample changes in the plain invitation. */
interface Difference {
  readonly inviter?: Partial<InvitationModel["inviter"]>;
  readonly room?: Partial<InvitationModel["room"]>;
  readonly added?: boolean;
  readonly reason?: string;
  readonly when?: string;
  readonly link?: string;
}

/** The samples by name. */
export const SAMPLES: Readonly<Record<string, MailModel>> = {
  inside: mail("invite", invitation({ reason: "Kick-off on Monday, please have a look before." })),
  outside: mail(
    "invite",
    invitation({
      inviter: partner("Mallory"),
      room: { id: "!k3Yq7pXv", ...claimed("Plans"), encrypted: false },
      link: "https://matrix.to/#/!k3Yq7pXv?via=partner.example",
    }),
  ),
  space: mail(
    "invite",
    invitation({ room: { ...named("Garden club"), kind: "space" } }),
  ),
  direct: mail("invite", invitation({ room: { ...unnamed(), kind: "direct" } })),
  // Without public pages as well, so that nothing can be stopped.
  "no-name": {
    ...mail(
      "invite",
      invitation({ inviter: { name: "" }, room: { ...unnamed(), encrypted: false } }),
    ),
    links: { stop: "", stopRoom: "", stopInviter: "", register: "https://example.org" },
  },
  several: mail(
    "digest",
    invitation({}),
    invitation({ room: { ...unnamed(), kind: "direct" } }),
    invitation({
      inviter: partner("Dave"),
      room: { ...claimed("Kitchen"), id: "!kitchen:partner.example" },
      link: "https://matrix.to/#/!kitchen%3Apartner.example?via=partner.example",
    }),
  ),
  "one-inviter": mail(
    "digest",
    invitation({}),
    invitation({
      room: {
        ...named("Garden club"),
        kind: "space",
        id: "!garden:example.org",
        topic: "",
      },
      link: "https://matrix.to/#/!garden%3Aexample.org?via=example.org",
    }),
  ),
  many: mail(
    "digest",
    ...["Plans", "Kitchen", "Lunch", "R&D"].map((name) =>
      invitation({
        room: { ...named(name), id: `!${name.toLowerCase()}:example.org` },
        link: `https://matrix.to/#/!${encodeURIComponent(name.toLowerCase())}%3Aexample.org`,
      })
    ),
    invitation({ room: { ...named("Garden club"), kind: "space" } }),
    invitation({ inviter: carol(), room: { ...unnamed(), kind: "direct" } }),
    invitation({
      inviter: partner("Dave"),
      room: { ...claimed("Supplies"), id: "!supplies:partner.example" },
      link: "https://matrix.to/#/!supplies%3Apartner.example?via=partner.example",
    }),
  ),
  added: known(mail("invite", invitation({ added: true, room: { topic: "" } }))),
  "added-from-outside": known(mail(
    "invite",
    invitation({
      ...{ added: true, inviter: partner("Mallory") },
      room: { id: "!k3Yq7pXv", ...claimed("Plans"), kind: "direct" },
      link: "https://matrix.to/#/!k3Yq7pXv?via=partner.example",
    }),
  )),
  "added-several": known(mail(
    "digest",
    invitation({ added: true }),
    invitation({
      ...{ added: true, inviter: carol() },
      room: { ...unnamed(), kind: "direct", id: "!carol:example.org" },
      link: "https://matrix.to/#/!carol%3Aexample.org?via=example.org",
    }),
  )),
  "added-and-invited": known(mail(
    "digest",
    ...["Plans", "Kitchen", "Lunch"].map((name, index) =>
      invitation({
        added: index !== 1,
        room: { ...named(name), id: `!${name.toLowerCase()}:example.org` },
        link: `https://matrix.to/#/!${name.toLowerCase()}%3Aexample.org`,
      })
    ),
    invitation({
      added: true,
      room: { ...named("Garden club"), id: "!garden:example.org", kind: "space" },
      link: "https://matrix.to/#/!garden%3Aexample.org?via=example.org",
    }),
    invitation({
      ...{ added: true, inviter: partner("Dave") },
      room: { ...claimed("Supplies"), id: "!supplies:partner.example" },
      link: "https://matrix.to/#/!supplies%3Apartner.example?via=partner.example",
    }),
  )),
  reminder: known(mail("reminder", invitation({}))),
  reminders: mail(
    "reminder",
    invitation({}),
    invitation({
      inviter: carol(),
      room: { ...unnamed(), kind: "direct", id: "!carol:example.org" },
      link: "https://matrix.to/#/!carol%3Aexample.org?via=example.org",
    }),
  ),
  names: mail("invite", invitation({ room: { topic: "" } })),
  minimal: mail("invite", invitation({ room: { ...unnamed(), id: "" } })),
  branded: {
    ...mail("invite", invitation({})),
    brand: {
      product: "Corp Chat",
      logo: "cid:logo",
      color: "#8a1c5c",
      footer: "Corp Chat is run by Corp's own IT department.",
      support: "helpdesk@example.org",
      imprint: "Corp Limited\n1 Home Street, Exampleton\nRegister of companies 12345",
      register: "Ask the front desk for your first password, then sign in here:",
    },
  },
  ampersand: mail(
    "invite",
    invitation({
      inviter: { name: "O'Neill & Söhne" },
      room: { ...named("R&D"), topic: 'Ideas <today> & "tomorrow"' },
    }),
  ),
  "right-to-left": mail(
    "invite",
    invitation({
      inviter: { name: "علي" },
      room: { ...named("خطط العام"), topic: "א (ב)" },
    }),
  ),
  long: mail(
    "invite",
    invitation({
      inviter: {
        name: "Prof. Dr. Maximiliane-Charlotte von und zu Hohenberg-Wolkenstein-Übermorgenthal",
        id: `@maximiliane.charlotte.hohenberg.${"wolkenstein".repeat(8)}:example.org`,
      },
      room: {
        ...named(
          `Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbau${"unterbeamten".repeat(5)}`,
        ),
        alias: `#${"donaudampfschifffahrt-".repeat(6)}2027:example.org`,
        topic: "All that has to be planned, decided, written down and told to everybody. ".repeat(
          6,
        ),
      },
      reason: "Please have a look at the plans before the meeting, and say what is missing. "
        .repeat(8),
      link: `https://matrix.to/#/!${"plans".repeat(12)}%3Aexample.org?via=example.org`,
    }),
  ),
  hostile: mail(
    "invite",
    invitation({
      inviter: {
        name: "IT \u202eksedpleh\u202c </strong><h1>Helpdesk\r\nBcc: all@example.org",
        id: '@"><img src=x onerror=alert(1)>:https://evil.example/login',
        server: "https://evil.example/login",
        local: false,
      },
      room: {
        id: "../../!x?via=evil.example#",
        ...named(
          "Your account ends today: http://evil.example/?a=1&b=2 %SENDER_ID% {{ links.stop }}",
        ),
        alias: "#\u0000\u001b]8;;https://evil.example\u0007click:www.evil.example",
        topic: `${
          "Z\u0301\u0302\u0303\u0304\u0305\u0306".repeat(40)
        } </td></table><script>1</script>`,
      },
      reason: "line one\r\n\r\n-- \r\n> line two\u2028line three <!-- ]]> -->",
      link: "https://matrix.to/#/!..%2F..%2F!x%3Fvia%3Devil.example%23",
    }),
  ),
};

function named(name: string): Partial<InvitationModel["room"]> {
  return { label: name, name, alias: "" };
}

function unnamed(): Partial<InvitationModel["room"]> {
  return { ...named(""), topic: "" };
}

function claimed(claimedName: string): Partial<InvitationModel["room"]> {
  return { ...unnamed(), claimedName };
}

function carol(): InvitationModel["inviter"] {
  const server = "example.org";
  return { name: "Carol", claimedName: "", id: `@carol:${server}`, server, local: true };
}

function partner(claimedName: string): InvitationModel["inviter"] {
  const server = "partner.example";
  const id = `@${claimedName.toLowerCase()}:${server}`;
  return { name: "", claimedName, id, server, local: false };
}

/** The same for somebody who is known to have an account. */
function known(mail: MailModel): MailModel {
  return { ...mail, links: { ...stopLinks(), register: "" } };
}

/** As long as real ones. */
function stopLinks(): Pick<MailModel["links"], "stop" | "stopRoom" | "stopInviter"> {
  const stop = `https://chat.example.org/stop/${"sAmPlE-0".repeat(10)}`;
  return { stop, stopRoom: stop, stopInviter: stop };
}

function mail(
  kind: MailModel["mail"]["kind"],
  ...invitations: readonly InvitationModel[]
): MailModel {
  return {
    recipient: { name: "Bob", id: "@bob:example.org", address: "bob@example.org" },
    mail: { kind, language: "en", direction: "ltr" },
    invitations,
    links: { ...stopLinks(), register: "https://example.org" },
    brand: { product: "", logo: "", color: "", footer: "", support: "", imprint: "", register: "" },
  };
}

function invitation(difference: Difference): InvitationModel {
  return {
    inviter: {
      name: "Alice",
      claimedName: "",
      id: "@alice:example.org",
      server: "example.org",
      local: true,
      ...difference.inviter,
    },
    room: {
      id: "!plans:example.org",
      label: "Plans",
      name: "Plans",
      alias: "#plans:example.org",
      claimedName: "",
      kind: "room",
      topic: "What we want to do in 2027",
      encrypted: true,
      ...difference.room,
    },
    added: difference.added ?? false,
    reason: difference.reason ?? "",
    when: difference.when ?? "Thursday, 1 January 2026 at 10:00 CET",
    link: difference.link ?? "https://matrix.to/#/!plans%3Aexample.org?via=example.org",
  };
}
