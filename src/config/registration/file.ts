/**
 * Keeps the registration file on disk up to date.
 *
 * @module
 */

import { isMap, isScalar, parseDocument, Scalar } from "yaml";
import { type FileRead, readWholeFile, replaceFile } from "../../system/atomic_file.ts";
import type { RandomBytes } from "../../system/random.ts";
import { ReadError } from "../../system/read_file.ts";
import { printable } from "../../text/printable.ts";
import { checkRegistration, sameUrl } from "./compare.ts";
import { generateRegistration, type WantedRegistration } from "./generate.ts";
import { localUsersRegex } from "./namespace.ts";
import { parseRegistration, type Registration } from "./parse.ts";
import type { RegistrationProblem } from "./source.ts";

/** What became of the registration file. */
export type RegistrationUpdate =
  /** There was none; the homeserver has yet to be told of it. */
  | { readonly kind: "written" }
  /** Nothing to do. What is still to be said about the file is no error. */
  | { readonly kind: "unchanged"; readonly problems: readonly RegistrationProblem[] }
  /** These keys were rewritten; the homeserver reads them when it is restarted. */
  | {
    readonly kind: "updated";
    readonly keys: readonly string[];
    readonly problems: readonly RegistrationProblem[];
  }
  /** The file is not touched, as it says what nobody but the administrator may change. */
  | { readonly kind: "refused"; readonly problems: readonly RegistrationProblem[] }
  /** The file cannot be read or written. */
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Writes the registration file when it is missing, readable by owner and group; else brings its
 * `url`, `sender_localpart` and users up to date. Users are rewritten only where they are wrong: a
 * narrower choice of the administrator's stays.
 *
 * A file with other tokens, or of another ID, is never changed: the path may name the registration
 * of another service, and a homeserver that knows the old tokens would fall silent.
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
    if (!isSystemError(error)) throw error;
    return { kind: "failed", reason: printable(error.message) };
  }
}

function unreadable(reason: string): RegistrationUpdate {
  return { kind: "failed", reason: `cannot be read: ${reason}` };
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
  // What is written must be what was meant, however unusual the file is.
  if (
    updated === undefined || left.kind === "broken" || !sameTokens(left, read) ||
    errorsOf(updated, wanted).length > 0
  ) {
    return { kind: "refused", problems: rest };
  }
  await replaceFile(path, updated, random);
  const remaining = [...left.problems, ...checkRegistration(left.registration, wanted)];
  return { kind: "updated", keys, problems: [...checkMode(mode), ...remaining] };
}

/** What is to be said of a registration file's permissions. */
export function checkMode(mode: number): readonly RegistrationProblem[] {
  if ((mode & 0o007) === 0) return [];
  const message = "everybody on this machine can read or write it, and it holds tokens: chmod 640";
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

// Comments and whatever else the administrator wrote stay, but for those inside the list of users.
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
    return undefined; // What was replaced is referred to from elsewhere in the file.
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

function isSystemError(error: unknown): error is Error {
  return error instanceof Deno.errors.NotCapable ||
    (error instanceof Error && "code" in error && typeof error.code === "string");
}
