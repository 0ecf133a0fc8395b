/**
 * Parses the commands `why`, `status`, `outbox` and `forget`.
 *
 * @module
 */

import { object, or } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional, withDefault } from "@optique/core/modifiers";
import { argument, command, option } from "@optique/core/primitives";
import { choice, integer, string } from "@optique/core/valueparser";
import { commandParser } from "../command.ts";
import { globalOptions, jsonOption } from "../options.ts";
import { STATES } from "./states.ts";

const DEFAULT_COUNT = 50;
const MAX_COUNT = 100_000;

const why = commandParser(
  object({
    user: argument(string({ metavar: "@USER:DOMAIN" })),
    room: optional(option("--room", string({ metavar: "ROOM" }), {
      description: message`Only invitations to the room with this ID, or this in its name.`,
    })),
    json: jsonOption,
    ...globalOptions,
  }),
  async (context, args) => (await import("./why.ts")).why(context, args),
);

/** The parser of `why`. */
export const whyParser = command("why", why, {
  brief: message`Tell what became of a person's invitations, and why.`,
});

const list = commandParser(
  object({
    state: optional(option("--state", choice(STATES, { metavar: "STATE", suggest: "nearest" }), {
      description: message`Only what is in this state.`,
    })),
    user: optional(option("--user", string({ metavar: "@USER:DOMAIN" }), {
      description: message`Only what is for this person.`,
    })),
    count: withDefault(
      option("--count", integer({ metavar: "N", min: 1, max: MAX_COUNT }), {
        description: message`The maximum number of each kind. Default: 50.`,
      }),
      DEFAULT_COUNT,
    ),
    json: jsonOption,
    ...globalOptions,
  }),
  async (context, args) => (await import("./rows.ts")).listRows(context, args),
);

const id = argument(string({ metavar: "ID" }));

const show = commandParser(
  object({ id, json: jsonOption, ...globalOptions }),
  async (context, args) => (await import("./rows.ts")).showRow(context, args),
);

const retry = commandParser(
  object({ id, ...globalOptions }),
  async (context, { id }) => (await import("./rows.ts")).retryRow(context, id),
);

const cancel = commandParser(
  object({ id, ...globalOptions }),
  async (context, { id }) => (await import("./rows.ts")).cancelRow(context, id),
);

/** The parser of `outbox`. */
export const outboxParser = command(
  "outbox",
  or(
    command("list", list, { brief: message`List invitations (i12) and emails (m7).` }),
    command("show", show, { brief: message`Show one, with its history.` }),
    command("retry", retry, { brief: message`Try one again now.` }),
    command("cancel", cancel, { brief: message`End one that waits.` }),
    {
      errors: { noMatch: message`Write outbox list, outbox show, outbox retry or outbox cancel.` },
    },
  ),
  { brief: message`List, show, retry or cancel invitations and emails.` },
);

const status = commandParser(
  object({ json: jsonOption, ...globalOptions }),
  async (context, args) => (await import("./status.ts")).status(context, args),
);

/** The parser of `status`. */
export const statusParser = command("status", status, {
  brief: message`Show what waits, what was sent, and why the rest was not.`,
});

const forget = commandParser(
  object({ user: argument(string({ metavar: "@USER:DOMAIN" })), ...globalOptions }),
  async (context, { user }) => (await import("./forget.ts")).forget(context, user),
);

/** The parser of `forget`. */
export const forgetParser = command("forget", forget, {
  brief: message`Delete what is stored about a person.`,
});
