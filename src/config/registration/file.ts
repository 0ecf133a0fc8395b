/**
 * Keeps the registration file on disk up to date.
 *
 * @module
 */

import { isMap, isScalar, parseDocument, Scalar } from "yaml";
import { type FileRead, readWholeFile, replaceFile } from "../../system/atomic_file.ts";
import type { RandomBytes } from "../../system/random.ts";
import { ReadError } from "../../system/read_file.ts";
import { WriteError } from "../../system/write_error.ts";
import { checkRegistration, sameUrl } from "./compare.ts";
import { generateRegistration, type WantedRegistration } from "./generate.ts";
import { localUsersRegex } from "./namespace.ts";
import { parseRegistration, type Registration } from "./parse.ts";
import type { RegistrationProblem } from "./source.ts";

/** The result of keeping the registration file up to date. */
export type RegistrationUpdate =
  /** There was none; the homeserver has yet to load it. */
  | { readonly kind: "written" }
  /** It is up to date, and none of its problems is an error. */
  | { readonly kind: "unchanged"; readonly problems: readonly RegistrationProblem[] }
  /** These keys were changed; the homeserver loads them when it is restarted. */
  | {
    readonly kind: "updated";
    readonly keys: readonly string[];
    readonly problems: readonly RegistrationProblem[];
  }
  /** The file was not changed, because only the administrator may change what is wrong with it. */
  | { readonly kind: "refused"; readonly problems: readonly RegistrationProblem[] }
  /** The file cannot be read or written. */
  | {
    readonly kind: "failed";
    /** Why: one line. */
    readonly reason: string;
    /** The keys that would have been changed; empty when the file is missing or cannot be read. */
    readonly keys: readonly string[];
  };

/**
 * Creates the registration file if it is missing, readable by owner and group; else updates its
 * `url`, `sender_localpart` and users. Users are changed only if they are wrong: the administrator
 * may have chosen fewer.
 *
 * A file with other tokens, or another ID, is never changed: it may be the registration of another
 * service, and a homeserver that has loaded the old tokens would no longer reach this one.
 */
export async function updateRegistrationFile(
  path: string,
  wanted: WantedRegistration,
  random: RandomBytes,
): Promise<RegistrationUpdate> {
  try {
    const file = await readWholeFile(path);
    if (file.kind === "refused") return unreadable(file.reason);
    if (file.kind === "missing") {
      const text = generateRegistration(wanted, random);
      const problems = errorsOf(text, wanted);
      if (problems.length > 0) return { kind: "refused", problems };
      await replaceFile(path, text, random);
      return { kind: "written" };
    }
    return await update(file, wanted, random);
  } catch (error) {
    if (error instanceof ReadError) return unreadable(error.reason);
    return unwritable(error);
  }
}

/** Whether {@linkcode updateRegistrationFile} would change a file that exists. */
export async function isOutdated(path: string, wanted: WantedRegistration): Promise<boolean> {
  try {
    const file = await readWholeFile(path);
    if (file.kind !== "read") return false;
    const read = parseRegistration(file.text);
    if (read.kind === "broken") return false;
    const problems = checkRegistration(read.registration, wanted);
    return differences(read.registration, wanted, problems).length > 0;
  } catch (error) {
    if (error instanceof ReadError) return false;
    throw error;
  }
}

function unreadable(reason: string): RegistrationUpdate {
  return { kind: "failed", reason: `cannot be read: ${reason}`, keys: [] };
}

function unwritable(error: unknown, keys: readonly string[] = []): RegistrationUpdate {
  if (!(error instanceof WriteError)) throw error;
  return { kind: "failed", reason: `cannot be written: ${error.reason}`, keys };
}

async function update(
  { path, text, mode }: Extract<FileRead, { kind: "read" }>,
  wanted: WantedRegistration,
  random: RandomBytes,
): Promise<RegistrationUpdate> {
  const read = parseRegistration(text);
  if (read.kind === "broken") return { kind: "refused", problems: read.problems };
  const problems = checkRegistration(read.registration, wanted);
  const foreign = problems.filter(({ key, severity }) =>
    severity === "error" && ["id", "as_token", "hs_token"].includes(key)
  );
  if (foreign.length > 0) return { kind: "refused", problems: foreign };

  const keys = differences(read.registration, wanted, problems);
  const rest = [...checkMode(mode), ...read.problems, ...problems];
  if (keys.length === 0) {
    const kind = rest.some(({ severity }) => severity === "error") ? "refused" : "unchanged";
    return { kind, problems: rest };
  }
  const updated = edit(text, wanted, keys);
  const left = parseRegistration(updated ?? "");
  // The result must be as intended, however unusual the file is.
  if (
    updated === undefined || left.kind === "broken" || !sameTokens(left, read) ||
    errorsOf(updated, wanted).length > 0
  ) {
    return { kind: "refused", problems: rest };
  }
  try {
    await replaceFile(path, updated, random);
  } catch (error) {
    return unwritable(error, keys);
  }
  const remaining = [...left.problems, ...checkRegistration(left.registration, wanted)];
  return { kind: "updated", keys, problems: [...checkMode(mode), ...remaining] };
}

/** Checks a registration file's permissions. */
export function checkMode(mode: number): readonly RegistrationProblem[] {
  if ((mode & 0o007) === 0) return [];
  const message =
    "all users of this machine can read or write it, and it contains tokens: chmod 640";
  return [{ line: 1, column: 1, key: "", severity: "warning", message }];
}

function differences(
  registration: Registration,
  wanted: WantedRegistration,
  problems: readonly RegistrationProblem[],
): readonly string[] {
  const keys: string[] = [];
  if (registration.url === null || !sameUrl(registration.url, wanted.url)) keys.push("url");
  if (registration.sender_localpart !== wanted.senderLocalpart) keys.push("sender_localpart");
  const wrong = problems.some(({ key, severity }) =>
    key.startsWith("namespaces.users") && severity !== "notice"
  );
  if (wrong) keys.push("namespaces.users");
  return keys;
}

// Keeps comments and all else that the administrator wrote, except inside the list of users.
function edit(
  text: string,
  wanted: WantedRegistration,
  keys: readonly string[],
): string | undefined {
  const document = parseDocument(text, { prettyErrors: false });
  const set = (key: string, value: string) => {
    const old = document.get(key, true);
    const scalar = isScalar(old) ? old : new Scalar(value);
    scalar.value = value;
    scalar.type = Scalar.QUOTE_SINGLE;
    document.set(key, scalar);
  };
  if (keys.includes("url")) set("url", wanted.url);
  if (keys.includes("sender_localpart")) set("sender_localpart", wanted.senderLocalpart);
  if (keys.includes("namespaces.users")) {
    const namespaces = document.get("namespaces");
    if (!isMap(namespaces)) return undefined;
    const regex = new Scalar(localUsersRegex(wanted.domain));
    regex.type = Scalar.QUOTE_SINGLE;
    namespaces.set("users", document.createNode([{ regex, exclusive: false }]));
  }
  try {
    return document.toString({ lineWidth: 0 });
  } catch {
    return undefined; // An alias in the file refers to a value that was replaced.
  }
}

function errorsOf(text: string, wanted: WantedRegistration): readonly RegistrationProblem[] {
  const read = parseRegistration(text);
  if (read.kind === "broken") return read.problems;
  return [...read.problems, ...checkRegistration(read.registration, wanted)]
    .filter(({ severity }) => severity === "error");
}

interface Read {
  readonly registration: Registration;
}

function sameTokens({ registration: one }: Read, { registration: other }: Read): boolean {
  return one.as_token.reveal() === other.as_token.reveal() &&
    one.hs_token.reveal() === other.hs_token.reveal();
}
