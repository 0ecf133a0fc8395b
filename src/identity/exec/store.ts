/**
 * Looks people up with programs of the organisation.
 *
 * @module
 */

import type { UserId } from "../../domain/user_id.ts";
import type { Clock } from "../../system/clock.ts";
import { openLog } from "../../system/log_events.ts";
import type { Invocation, ProgramResult, RunProgram } from "../../system/program.ts";
import { printable } from "../../text/printable.ts";
import { withDeadline } from "../deadline.ts";
import { parseJson } from "../parse_json.ts";
import { type IdentityStore, type LookupOptions, StoreError } from "../port.ts";
import {
  type ProfileDocument,
  profileDocument,
  type ProfilePart,
  rawProfileOf,
} from "../profile_document.ts";
import { profileFrom } from "../raw_profile.ts";
import { checkProgram, invocationFor, optionLikeArguments } from "./invocation.ts";
import { type ExecProgram, type ExecSection, programsOf } from "./section.ts";

const log = openLog("identity");

/** What an exec store needs from outside. */
export interface ExecDependencies {
  readonly clock: Clock;
  /** Runs a program. */
  readonly run: RunProgram;
}

const NAME = "exec";

/**
 * Opens the store of the section's programs. They run one after the other, an invocation that is
 * configured several times once a lookup. A user whom no program knows is unknown.
 */
export function openExecStore(section: ExecSection, dependencies: ExecDependencies): IdentityStore {
  const { clock, run } = dependencies;
  const deadline = section.timeout;
  const closed = new AbortController();
  const running = new Set<Promise<ProgramResult>>();
  const programs = programsOf(section.profile);
  warnOfOptions(section);

  async function start(invocation: Invocation, signal: AbortSignal): Promise<ProgramResult> {
    const result = run(invocation, AbortSignal.any([signal, closed.signal]));
    running.add(result);
    try {
      return await result;
    } finally {
      running.delete(result);
    }
  }

  async function lookUp(
    user: UserId,
    signal: AbortSignal,
    onQuery: LookupOptions["onQuery"],
  ): Promise<ReadonlyMap<ProfilePart, ProfileDocument>> {
    const documents = new Map<ProfilePart, ProfileDocument>();
    const started = new Map<string, Promise<ProfileDocument | undefined>>();
    for (const { part, program } of programs) {
      const asked = invocationFor(user, program, section.token, NAME);
      if (asked.kind === "unusable") {
        // Nobody can have such an ID in a store that cannot be asked for it.
        log.debug("ID not looked up", { store: NAME, user, reason: asked.reason });
        continue;
      }
      const { invocation } = asked;
      const key = JSON.stringify([invocation, program.exit]);
      if (!started.has(key)) {
        onQuery?.(describe(invocation, program));
        started.set(key, start(invocation, signal).then((ran) => documentOf(ran, program, user)));
      }
      const document = await started.get(key);
      if (document) documents.set(part, document);
    }
    return documents;
  }

  return {
    name: NAME,
    deadline,
    async findProfile(user, { signal, onQuery } = {}) {
      const documents = await withDeadline(NAME, { clock, deadline, signal }, (ended) => {
        return lookUp(user, ended, onQuery);
      });
      const raw = rawProfileOf(documents);
      return raw && profileFrom(NAME, user, raw);
    },
    async check({ signal } = {}) {
      await withDeadline(NAME, { clock, deadline, signal }, async () => {
        for (const { program } of programs) await checkProgram(program, section.token, NAME);
      });
    },
    async [Symbol.asyncDispose]() {
      closed.abort();
      // An aborted lookup does not wait until its program has ended.
      await Promise.allSettled(running);
    },
  };
}

// Once, when the store is opened: strangers could cause a line for each of their invites.
function warnOfOptions({ profile, token }: ExecSection): void {
  const keys = optionLikeArguments(profile, token);
  if (keys.length === 0) return;
  log.warn("some IDs are never looked up", {
    store: NAME,
    keys,
    reason: "the program would read a localpart that begins with - as an option",
    advice: 'write "--" before these arguments, if the program knows that',
  });
}

// Without the values of the environment, which may be passwords.
function describe({ command, args }: Invocation, { env }: ExecProgram): string {
  const variables = Object.keys(env).map((name) => `${name}=[redacted]`);
  return printable([...variables, command, ...args.map((arg) => JSON.stringify(arg))].join(" "));
}

// By the BSD convention (sysexits.h: usage, noperm, config) and by that of shells (not executable,
// not found), these exit codes need an administrator.
const MISCONFIGURED_CODES = [64, 77, 78, 126, 127];

function documentOf(
  ran: ProgramResult,
  program: ExecProgram,
  user: UserId,
): ProfileDocument | undefined {
  const command = printable(program.command);
  if ("stderr" in ran && ran.stderr.trim() !== "") {
    log.debug("program's standard error", { store: NAME, user, command, text: ran.stderr });
  }
  switch (ran.kind) {
    case "notStarted":
      throw failure(ran.transient, `${command} cannot be run: ${ran.reason}`);
    case "outputTooLarge":
      throw failure(false, `${command} writes more than 1 MiB`);
    case "notUtf8":
      throw failure(false, `${command} writes text that is not UTF-8`);
    case "killed":
      throw failure(true, `${command} was killed by ${ran.signal}`);
  }
  const { success, failure: unknownUser } = program.exit;
  if (unknownUser.includes(ran.code)) return undefined;
  if (!success.includes(ran.code)) {
    const transient = !MISCONFIGURED_CODES.includes(ran.code);
    throw failure(transient, `${command} exits with code ${ran.code}`);
  }
  // mxisd took empty output, and a document without a profile, as "no such user" as well.
  if (ran.stdout.trim() === "") return undefined;
  return parseJson(ran.stdout, profileDocument, NAME, "program's output").profile ?? undefined;
}

function failure(transient: boolean, reason: string): StoreError {
  return new StoreError(NAME, transient ? "temporary" : "misconfigured", reason);
}
