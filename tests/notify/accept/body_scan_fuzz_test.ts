import assert from "node:assert/strict";
import { hashUserId } from "../../../src/domain/user_id_hash.ts";
import {
  compileScan,
  mayHoldMembership,
  scanWithExpressions,
} from "../../../src/notify/accept/body_scan.ts";
import { cases } from "../../thorough.ts";
import { Chance, makeBody, USERS } from "./json_bodies.ts";

const compiled = compileScan();
assert.ok(compiled);
const NOBODY: ReadonlySet<number> = new Set();
// Of the people of the bodies, some are waited for.
const AWAITED = USERS.filter((_, index) => index % 2 === 0);
const HASHES: ReadonlySet<number> = new Set(AWAITED.map(hashUserId));
const decoder = new TextDecoder();

/** What a body says when it is parsed whole; `undefined` if it is no JSON. */
interface Facts {
  readonly isInvite: boolean;
  readonly isMembership: boolean;
  /** Whether somebody who is waited for stands anywhere as a value or as a name. */
  readonly isAwaited: boolean;
}

/** What each scan says. */
interface Scans {
  readonly compiled: boolean;
  readonly expressions: boolean;
  readonly compiledAwaiting: boolean;
  readonly expressionsAwaiting: boolean;
  readonly membership: boolean;
}

function factsOf(text: string): Facts | undefined {
  let isInvite = false;
  let isMembership = false;
  let isAwaited = false;
  function look(value: unknown): void {
    if (typeof value === "string") isAwaited ||= AWAITED.includes(value);
    if (typeof value !== "object" || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      isAwaited ||= AWAITED.includes(name);
      isInvite ||= name === "membership" && member === "invite";
      isMembership ||= name === "membership" &&
        ["invite", "join", "leave", "ban"].includes(member as string);
      look(member);
    }
  }
  try {
    look(JSON.parse(text));
  } catch {
    return undefined;
  }
  return { isInvite, isMembership, isAwaited };
}

Deno.test("no scan misses what a body says when it is parsed whole, however it is written", () => {
  const { numRuns } = cases(10_000);
  const first = Number(Deno.env.get("FUZZ_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  const seen = { invite: 0, awaited: 0, neither: 0, broken: 0 };
  for (let run = 0; run < numRuns; run++) {
    const seed = (first + run) >>> 0;
    const body = makeBody(new Chance(seed));
    const text = decoder.decode(body);
    const facts = factsOf(text);
    const scans: Scans = {
      compiled: compiled(body, NOBODY),
      expressions: scanWithExpressions(body, NOBODY),
      compiledAwaiting: compiled(body, HASHES),
      expressionsAwaiting: scanWithExpressions(body, HASHES),
      membership: mayHoldMembership(body),
    };
    const { isInvite, isMembership, isAwaited } = facts ?? {};
    const isRight: boolean = (!isInvite || scans.compiled && scans.expressions) &&
      (!(isInvite || isAwaited) || scans.compiledAwaiting && scans.expressionsAwaiting) &&
      (!isMembership || scans.membership) &&
      // What is no JSON is refused where it is parsed: then it suffices that no more is missed.
      (facts === undefined
        ? !scans.expressions || scans.compiled
        : scans.expressions === scans.compiled) &&
      // Without escapes nothing is in doubt, but for names that are there twice.
      (facts === undefined || body.includes(BACKSLASH) ||
        scans.compiledAwaiting === (isWritten(text) || scans.compiled) &&
          scans.expressionsAwaiting === (isWritten(text) || scans.expressions));
    assert.ok(isRight, `FUZZ_SEED=${seed}: ${JSON.stringify({ facts, scans, text })}`);
    if (facts === undefined) seen.broken++;
    else if (isInvite) seen.invite++;
    else if (isAwaited) seen.awaited++;
    else seen.neither++;
  }
  // All kinds of bodies were among them.
  for (const [kind, count] of Object.entries(seen)) assert.ok(count > numRuns / 200, kind);
});

const BACKSLASH = 0x5C;

function isWritten(text: string): boolean {
  return AWAITED.some((user) => text.includes(JSON.stringify(user)));
}
