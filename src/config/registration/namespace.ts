/**
 * Checks which users a registration matches, and writes the right regular expression.
 *
 * @module
 */

import { quoted } from "../../text/printable.ts";
import type { Namespace } from "./parse.ts";
import { compilePythonRegex } from "./python_regex.ts";
import type { RegistrationIssue } from "./source.ts";

/**
 * The regular expression of all users of a homeserver. It means the same in Python, RE2 and Rust,
 * whether or not the homeserver anchors it itself.
 */
export function localUsersRegex(domain: string): string {
  return `^@.*:${domain.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`;
}

/**
 * The issues of the namespaces of users, found by matching them against user IDs of the domain and
 * of others as Synapse does: from the start of the user ID, but not up to its end.
 */
export function checkUserNamespaces(
  users: readonly Namespace[],
  domain: string,
): readonly RegistrationIssue[] {
  const write = `write '${localUsersRegex(domain)}'`;
  const key = "namespaces.users";
  if (users.length === 0) {
    const message = `is empty, so that no invite is pushed: ${write} and 'exclusive: false'`;
    return [{ key, severity: "error", message }];
  }
  const compiled = users.map((namespace) => ({
    ...namespace,
    pattern: compilePythonRegex(namespace.regex),
  }));
  const issues = compiled.flatMap((entry) => checkEntry(entry, domain, write));
  if (issues.some(({ severity }) => severity === "error")) return issues;
  // An expression that cannot be tested may match any user.
  if (compiled.some(({ pattern }) => !pattern)) return issues;

  const missed = LOCALPARTS.map((localpart) => `@${localpart}:${domain}`)
    .filter((user) => !compiled.some(({ pattern }) => pattern?.test(user)));
  if (missed.length === LOCALPARTS.length) {
    const message = `matches none of the tested users of ${domain}, such as ${missed[0]}: ${write}`;
    issues.push({ key, severity: "error", message });
  } else if (missed.length > 0) {
    const message = `does not match all users: no email to ${
      missed[0]
    }, for example; for all, ${write}`;
    issues.push({ key, severity: "notice", message });
  }
  return issues;
}

const LOCALPARTS = ["alice", "bob.smith", "m-42_x", "0815", "zoe=2f/q"];

interface Entry extends Namespace {
  readonly pattern: RegExp | undefined;
}

function checkEntry(entry: Entry, domain: string, write: string): RegistrationIssue[] {
  const issues: RegistrationIssue[] = [];
  const key = `${entry.key}.regex`;
  const regex = quoted(entry.regex);
  const remote = foreignUsers(domain).find((user) => entry.pattern?.test(user));
  if (/^\^?@\*:[^|]*$/.test(entry.regex)) {
    // As mxisd wrote it.
    const message = `${regex} matches no user: '*' repeats the '@', and the colon follows where ` +
      `user IDs have a name; ${write}`;
    issues.push({ key, severity: "error", message });
  } else if (/^\^?@\*$/.test(entry.regex)) {
    // As mxisd's documentation had it.
    const message = `${regex} matches all users of all homeservers: '*' repeats the '@' zero or ` +
      `more times, and nothing follows; ${write}`;
    issues.push({ key, severity: "warning", message });
  } else if (!entry.pattern) {
    const message = `${regex} could not be tested; to match all users, ${write}`;
    issues.push({ key, severity: "notice", message });
  } else if (remote) {
    const message = `${regex} also matches users of other homeservers, such as ${remote}: ${write}`;
    issues.push({ key, severity: "warning", message });
  } else if (!/^(?:\^|\\A)/.test(entry.regex)) {
    const message =
      `${regex} has no '^', and not every homeserver matches from the start: ${write}`;
    issues.push({ key, severity: "notice", message });
  }
  if (entry.exclusive) {
    const message =
      "prevents the matching users from registering or logging in as usual: write false";
    issues.push({ key: `${entry.key}.exclusive`, severity: "error", message });
  }
  return issues;
}

// Each reveals a mistake: no domain, no '$', unescaped dots, no colon before the domain.
function foreignUsers(domain: string): readonly string[] {
  const others = ["other.invalid", `${domain}.other.invalid`, `other.${domain}`, `other${domain}`];
  if (domain.includes(".")) others.push(domain.replaceAll(".", "x"));
  return others.map((server) => `@alice:${server}`);
}
