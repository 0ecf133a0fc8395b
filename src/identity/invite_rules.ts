/**
 * Reads what people chose about invitations from their account data, and applies it.
 *
 * @module
 */

import { foldAscii, serverOf } from "../domain/user_id.ts";
import { compileGlob, type Glob, matchesAny } from "../text/glob.ts";

/** The account data of one person: contents by type. */
export type AccountData = Readonly<Record<string, unknown>>;

/** The type of the list of ignored people (client-server API, "Ignoring Users"). */
export const IGNORED_TYPE = "m.ignored_user_list";

/**
 * The types of the rules for invitations, of which the first that is set counts: that of the
 * specification since Matrix 1.18 (MSC4380), then those from before, with the lists of MSC4155 and the
 * first form of MSC4380.
 */
export const INVITE_RULE_TYPES = [
  "m.invite_permission_config",
  "org.matrix.msc4155.invite_permission_config",
  "org.matrix.msc4380.invite_permission_config",
] as const;

/** What somebody chose about invitations. */
export interface InviteRules {
  /** The user IDs of people whom they ignore. */
  readonly ignored: ReadonlySet<string>;
  /** Decide by the inviter, the first that matches; then those by the inviter's server. */
  readonly users: readonly GlobRule[];
  readonly servers: readonly GlobRule[];
  /** Whether all other invitations are blocked. */
  readonly blocksOthers: boolean;
}

/** User IDs or server names, in lower case, and whether they are blocked. */
interface GlobRule {
  readonly names: ReadonlySet<string>;
  readonly globs: readonly Glob[];
  readonly blocks: boolean;
}

/** Why somebody wants no mail about an inviter. */
export type Unwanted = "ignored" | "blocked";

/** Reads a person's rules. What has another form than specified counts as not set, as at homeservers. */
export function inviteRules(data: AccountData): InviteRules {
  const type = INVITE_RULE_TYPES.find((name) => isObject(data[name]));
  const rules = type === undefined ? {} : objectOf(data[type]);
  const lists = (of: "users" | "servers"): readonly GlobRule[] => [
    { ...patternsOf(rules[`allowed_${of}`]), blocks: false },
    { ...patternsOf(rules[`ignored_${of}`]), blocks: true },
    { ...patternsOf(rules[`blocked_${of}`]), blocks: true },
  ];
  return {
    ignored: new Set(Object.keys(objectOf(objectOf(data[IGNORED_TYPE]).ignored_users))),
    users: lists("users"),
    servers: lists("servers"),
    blocksOthers: rules.default_action === "block" || rules.block_all === true,
  };
}

/** Whether somebody with these rules wants no invitations of an inviter; `undefined` if they do. */
export function whyUnwanted(
  { ignored, users, servers, blocksOthers }: InviteRules,
  inviter: string,
): Unwanted | undefined {
  if (ignored.has(inviter)) return "ignored";
  const rule = ruleFor(users, inviter) ?? ruleFor(servers, serverOf(inviter));
  return (rule?.blocks ?? blocksOthers) ? "blocked" : undefined;
}

function ruleFor(rules: readonly GlobRule[], name: string): GlobRule | undefined {
  const folded = foldAscii(name);
  return rules.find(({ names, globs }) => names.has(folded) || matchesAny(globs, folded));
}

// Longer ones match nobody: a user ID has at most 255 bytes, a server's name fewer.
const MAX_PATTERN_CHARS = 255;
// With wildcards. Anybody may write as many as they like, and each takes time with every invitation.
const MAX_GLOBS = 200;

// Synapse ignores case here.
function patternsOf(value: unknown): Pick<GlobRule, "names" | "globs"> {
  const patterns = (Array.isArray(value) ? value : [])
    .filter((text) => typeof text === "string" && text !== "" && text.length <= MAX_PATTERN_CHARS)
    .map(foldAscii);
  const wild = patterns.filter((pattern) => /[*?]/.test(pattern));
  return { names: new Set(patterns), globs: wild.slice(0, MAX_GLOBS).map(compileGlob) };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The rules of somebody who chose nothing. */
export const NO_INVITE_RULES: InviteRules = inviteRules({});
