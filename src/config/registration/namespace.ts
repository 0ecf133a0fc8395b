/**
 * Which users a registration is about: the right regular expression, and what is wrong with others.
 *
 * @module
 */

import { quoted } from "../../text/printable.ts";
import type { Namespace } from "./parse.ts";
import { compilePythonRegex } from "./python_regex.ts";
import type { Finding } from "./source.ts";

/**
 * The regular expression of all users of a homeserver. It means the same in Python, RE2 and Rust,
 * whether or not the homeserver anchors it itself.
 */
export function localUsersRegex(domain: string): string {
  return `^@.*:${domain.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`;
}

/**
 * What is wrong with the namespaces of users, found by trying them on user IDs of the domain and
 * of others, as Synapse does: from the start of the user ID on, but not up to its end.
 */
export function checkUserNamespaces(
  users: readonly Namespace[],
  domain: string,
): readonly Finding[] {
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
  const findings = compiled.flatMap((entry) => checkEntry(entry, domain, write));
  if (findings.some(({ severity }) => severity === "error")) return findings;
  // One that cannot be tried may match anybody.
  if (compiled.some(({ pattern }) => !pattern)) return findings;

  const missed = LOCALPARTS.map((localpart) => `@${localpart}:${domain}`)
    .filter((user) => !compiled.some(({ pattern }) => pattern?.test(user)));
  if (missed.length === LOCALPARTS.length) {
    const message = `matches no user of ${domain} that was tried, such as ${missed[0]}: ${write}`;
    findings.push({ key, severity: "error", message });
  } else if (missed.length > 0) {
    const message = `does not match everybody: no mail to ${missed[0]}, for one; for all, ${write}`;
    findings.push({ key, severity: "notice", message });
  }
  return findings;
}

const LOCALPARTS = ["alice", "bob.smith", "m-42_x", "0815", "zoe=2f/q"];

interface Entry extends Namespace {
  readonly pattern: RegExp | undefined;
}

function checkEntry(entry: Entry, domain: string, write: string): Finding[] {
  const findings: Finding[] = [];
  const key = `${entry.key}.regex`;
  const regex = quoted(entry.regex);
  const remote = foreignUsers(domain).find((user) => entry.pattern?.test(user));
  if (/^\^?@\*:[^|]*$/.test(entry.regex)) {
    // What mxisd wrote by itself.
    const message =
      `${regex} matches no user: '*' repeats the '@', and after it comes the colon, ` +
      `where user IDs have a name; ${write}`;
    findings.push({ key, severity: "error", message });
  } else if (/^\^?@\*$/.test(entry.regex)) {
    // What mxisd's documentation said.
    const message = `${regex} matches every user of every homeserver: '*' repeats the '@', even ` +
      `no times, and nothing follows; ${write}`;
    findings.push({ key, severity: "warning", message });
  } else if (!entry.pattern) {
    const message = `${regex} could not be tried here; if it is to match all users, ${write}`;
    findings.push({ key, severity: "notice", message });
  } else if (remote) {
    const message = `${regex} matches users of other homeservers too, such as ${remote}: ${write}`;
    findings.push({ key, severity: "warning", message });
  } else if (!/^(?:\^|\\A)/.test(entry.regex)) {
    const message = `${regex} has no '^', and not every homeserver begins at the start: ${write}`;
    findings.push({ key, severity: "notice", message });
  }
  if (entry.exclusive) {
    const message = "keeps everybody who fits from registering or logging in as usual: write false";
    findings.push({ key: `${entry.key}.exclusive`, severity: "error", message });
  }
  return findings;
}

// Each shows one mistake: no domain at all, no '$', dots that match anything, no colon before it.
function foreignUsers(domain: string): readonly string[] {
  const others = ["other.invalid", `${domain}.other.invalid`, `other.${domain}`, `other${domain}`];
  if (domain.includes(".")) others.push(domain.replaceAll(".", "x"));
  return others.map((server) => `@alice:${server}`);
}
