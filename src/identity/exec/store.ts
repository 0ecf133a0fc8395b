/**
 * People whom programs of the organisation's own know.
 *
 * @module
 */

import type { UserId } from "../../domain/user_id.ts";
import type { Clock } from "../../system/clock.ts";
import { openLog } from "../../system/log_events.ts";
import type { Invocation, ProgramResult, RunProgram } from "../../system/program.ts";
import { printable } from "../../text/printable.ts";
import { withDeadline } from "../deadline.ts";
import { type IdentityStore, type LookupOptions, StoreError } from "../port.ts";
import { profileFrom } from "../raw_profile.ts";
import { parseJson } from "../web/json_exchange.ts";
import { type ProfileAnswer, profileAnswer } from "../web/profile_answer.ts";
import { checkProgram } from "./check_program.ts";
import { invocationFor } from "./invocation.ts";
import { type ExecPart, type ExecProgram, type ExecSection, programsOf } from "./section.ts";

const log = openLog("identity");

/** What an exec store needs from outside. */
export interface ExecDependencies {
  /** The time. */
  readonly clock: Clock;
  /** How programs are run. */
  readonly run: RunProgram;
}

const NAME = "exec";

/**
 * The store behind the section's programs. They run one after the other, each of them once a lookup
 * even if it stands there several times; a person whom none of them knows is no such user.
 */
export function openExecStore(section: ExecSection, dependencies: ExecDependencies): IdentityStore {
  const { clock, run } = dependencies;
  const deadline = section.timeout;
  const closed = new AbortController();
  const running = new Set<Promise<ProgramResult>>();
  const programs = programsOf(section.profile);

  async function start(invocation: Invocation, signal: AbortSignal): Promise<ProgramResult> {
    const ran = run(invocation, AbortSignal.any([signal, closed.signal]));
    running.add(ran);
    try {
      return await ran;
    } finally {
      running.delete(ran);
    }
  }

  async function ask(
    user: UserId,
    signal: AbortSignal,
    onQuery: LookupOptions["onQuery"],
  ): Promise<ReadonlyMap<ExecPart, ProfileAnswer>> {
    const answers = new Map<ExecPart, ProfileAnswer>();
    const asked = new Map<string, Promise<ProfileAnswer | undefined>>();
    for (const { part, program } of programs) {
      const invocation = invocationFor(user, program, section.token, NAME);
      const key = JSON.stringify([invocation, program.exit]);
      if (!asked.has(key)) {
        onQuery?.(describe(invocation, program));
        asked.set(key, start(invocation, signal).then((ran) => understand(ran, program, user)));
      }
      const answer = await asked.get(key);
      if (answer) answers.set(part, answer);
    }
    return answers;
  }

  return {
    name: NAME,
    deadline,
    async findProfile(user, { signal, onQuery } = {}) {
      const answers = await withDeadline(NAME, { clock, deadline, signal }, (ended) => {
        return ask(user, ended, onQuery);
      });
      if (answers.size === 0) return undefined;
      return profileFrom(NAME, user, {
        threepids: answers.get("threePid")?.threepids ?? [],
        displayName: answers.get("displayName")?.display_name,
        roles: answers.get("role")?.roles ?? [],
        language: [...answers.values()].find((answer) => answer.language)?.language,
      });
    },
    async check({ signal } = {}) {
      await withDeadline(NAME, { clock, deadline, signal }, async () => {
        for (const { program } of programs) await checkProgram(program, section.token, NAME);
      });
    },
    async [Symbol.asyncDispose]() {
      closed.abort();
      // Who called a lookup off did not wait for its program to be gone.
      await Promise.allSettled(running);
    },
  };
}

// The values of variables are left out: they may be passwords.
function describe({ command, args }: Invocation, { env }: ExecProgram): string {
  const variables = Object.keys(env).map((name) => `${name}=[redacted]`);
  return printable([...variables, command, ...args.map((arg) => JSON.stringify(arg))].join(" "));
}

// By the BSD convention (sysexits.h: usage, noperm, config) and the shells' (not executable, not
// found) these say that somebody has to do something.
const WANTS_ADMINISTRATOR = [64, 77, 78, 126, 127];

function understand(
  ran: ProgramResult,
  program: ExecProgram,
  user: UserId,
): ProfileAnswer | undefined {
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
      throw failure(false, `${command} writes something else than text in UTF-8`);
    case "killed":
      throw failure(true, `${command} was ended by ${ran.signal}`);
  }
  const { success, failure: notFound } = program.exit;
  if (notFound.includes(ran.code)) return undefined;
  if (!success.includes(ran.code)) {
    throw failure(!WANTS_ADMINISTRATOR.includes(ran.code), `${command} ends with ${ran.code}`);
  }
  // mxisd took it for "no such user" as well, and so it took an answer without a profile.
  if (ran.stdout.trim() === "") return undefined;
  return parseJson(ran.stdout, profileAnswer, NAME, "program's output").profile ?? undefined;
}

function failure(transient: boolean, reason: string): StoreError {
  return new StoreError(NAME, transient ? "temporary" : "misconfigured", reason);
}
