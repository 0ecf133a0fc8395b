/**
 * Plans the files that take the place of a configuration of mxisd or ma1sd.
 *
 * @module
 */

import { basename, join, resolve } from "node:path";
import { Scalar } from "../../settings/scalar.ts";
import type { RandomBytes } from "../../system/random.ts";
import { quoted } from "../../text/printable.ts";
import { type LoadResult, loadSettings } from "../load.ts";
import { checkRegistration } from "../registration/compare.ts";
import { generateRegistration, type WantedRegistration } from "../registration/generate.ts";
import { parseRegistration } from "../registration/parse.ts";
import { wantedRegistration } from "../registration/wanted.ts";
import type { ConfigEnvironment } from "../source/environment.ts";
import { putNode, removeNode, type Section, textAt } from "../source/node.ts";
import { originOf } from "../source/origin.ts";
import { keyName, type Path } from "../source/positions.ts";
import { formatProblem, type Problem } from "../source/problem.ts";
import { chooseDatabase } from "./database.ts";
import { commentOn, type Note, noteDifferences } from "./notes.ts";
import type { OldFile, OldKey } from "./old_file.ts";
import { setLeaf } from "./old_keys.ts";
import { findFile, isReadable, makeAbsolute } from "./paths.ts";
import { withFiles } from "./planned_files.ts";
import { EML, findTemplates, newName, TEMPLATES } from "./templates.ts";
import { type Comment, writeYaml } from "./write_yaml.ts";

/** What an import needs besides the old file. */
export interface ImportOptions {
  /** The registration that the homeserver has; by default the one that the configuration names. */
  readonly registration?: string | undefined;
  /** The folder of the new files, absolute. */
  readonly folder: string;
  readonly environment: ConfigEnvironment;
  readonly random: RandomBytes;
}

/** The files and what is to be known about them. */
export interface Plan {
  readonly kind: "planned";
  /** By their paths in the folder: mxisd.yaml, the registration, and templates. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** Every key of the old file. */
  readonly keys: readonly OldKey[];
  /** Keys that were added, and why. */
  readonly added: readonly { readonly key: string; readonly why: string }[];
  /** Whether the registration has a token that the old files do not have. */
  readonly hasNewTokens: boolean;
  /** What was wrong in the old registration. */
  readonly mended: readonly string[];
  /** What the same settings do otherwise than in mxisd. */
  readonly notes: readonly Note[];
  /** The new configuration, as `config check` sees it. */
  readonly loaded: LoadResult;
}

/** A plan, or why there can be none. */
export type Planned = Plan | { readonly kind: "refused"; readonly problems: readonly Problem[] };

/** The names of the files. */
export const CONFIG_NAME = "mxisd.yaml";
/** The registration's. */
export const REGISTRATION_NAME = "registration.yaml";

const REGISTRATION = ["appsvc", "registration", "synapse", "file"];
const TO_HS_URL = ["appsvc", "endpoint", "toHS", "url"];
const TO_AS_URL = ["appsvc", "endpoint", "toAS", "url"];
const TOKENS = [["appsvc", "endpoint", "toHS", "token"], ["appsvc", "endpoint", "toAS", "token"]];
const USER = ["appsvc", "user", "main"];
const HEADER = `The configuration of appservice-mxisd, made by "config import".
What begins with "Decide:" needs a decision. What was for an identity server was left out.
mxisd.example.yaml has all keys.`;

/** Plans the import. Writes nothing. */
export async function planImport(old: OldFile, options: ImportOptions): Promise<Planned> {
  const { folder, environment, random } = options;
  const { root, file } = old;
  const changes = new Map<string, string>(); // by key
  const added: { key: string; why: string }[] = [];
  const decisions: Comment[] = old.keys.filter(({ fate }) => fate === "unknown")
    .map(({ path, detail }) => ({ path, label: "Decide", text: `was left out: it ${detail}` }));
  const put = (path: readonly string[], text: string) =>
    putNode(root, path, new Scalar(text, text, originOf(environment, file, path, old.report)));
  const add = (path: readonly string[], text: string, why: string) => {
    if (put(path, text)) added.push({ key: keyName(path), why });
  };
  const files = new Map<string, string | Uint8Array>();

  const named = textAt(root, REGISTRATION);
  const registration = findRegistration(old, options);
  if (options.registration !== undefined && !isReadable(registration ?? "", environment)) {
    const problem = { file: options.registration, line: 1, column: 1, key: "" };
    const message = "cannot be read: name the registration that the homeserver has";
    return { kind: "refused", problems: [{ ...problem, severity: "error", message }] };
  }
  if (registration === undefined) removeNode(root, REGISTRATION);
  else put(REGISTRATION, registration);
  if (textAt(root, TO_HS_URL) === undefined) {
    const why = old.homeserverUrl
      ? "from dns.overwrite: where the identity server reached the homeserver"
      : "where this service reaches the homeserver's client API";
    add(TO_HS_URL, old.homeserverUrl ?? "http://localhost:8008", why);
    decisions.push({ path: TO_HS_URL, label: "Decide", text: why });
  }
  if (old.isListener && registration === undefined && textAt(root, USER) === undefined) {
    add(USER, "appservice-mxisd", "the default of mxisd 1.2, which later versions do not have");
  }
  const template = old.template ?? "";
  if (template !== "") {
    files.set("templates/mxid-template.eml", template);
    put(EML, join(folder, "templates/mxid-template.eml"));
  }
  for (const path of TEMPLATES) {
    if (!textAt(root, path)?.startsWith("classpath:")) continue;
    removeNode(root, path);
    changes.set(keyName(path), "left out: the built-in email takes the place of mxisd's own");
  }
  const sources = findTemplates(old, environment);
  for (const [path, source] of sources) setText(root, path, source);

  // As the loader understands it where it is: paths, defaults, and what the registration says.
  const here = withFiles(environment, new Map([[file, writeYaml(root, "", [])], ...inFolder()]));
  let made = false;
  const before = await loadSettings(file, here, {
    newToken() {
      made = true;
      return random(32).toHex();
    },
  });
  const settings = before.kind === "loaded" ? before.settings : before.usable;
  const { matrix, appsvc, server } = settings;
  if (!matrix?.domain || !appsvc?.endpoint?.toAS?.token || !server?.port) {
    const own = before.problems.filter(({ severity, key }) =>
      severity === "error" && /^(?:matrix|appsvc|server)\b|^$/.test(key)
    );
    return { kind: "refused", problems: own.map((problem) => ({ ...problem, file })) };
  }

  for (const key of makeAbsolute(root, settings, file, environment.cwd)) {
    changes.set(key, "made absolute");
  }
  const wanted = wantedRegistration({ matrix, appsvc, server });
  const theirs = compareRegistration(registration, wanted, environment);
  if (theirs.some(isFatal)) return { kind: "refused", problems: theirs.filter(isFatal) };
  if (textAt(root, TO_AS_URL) === undefined) {
    const why = "where the homeserver reaches this service";
    add(TO_AS_URL, wanted.url, why);
    if (registration === undefined) decisions.push({ path: TO_AS_URL, label: "Decide", text: why });
  }
  files.set(REGISTRATION_NAME, generateRegistration(wanted, random));
  put(REGISTRATION, join(folder, REGISTRATION_NAME));
  if (named) {
    const found = registration === undefined ? `${quoted(named)} cannot be read here; ` : "";
    changes.set(keyName(REGISTRATION), `${found}now ${join(folder, REGISTRATION_NAME)}`);
  } else added.push({ key: keyName(REGISTRATION), why: "the tokens are read from it" });
  for (const path of TOKENS) {
    if (textAt(root, path) === undefined) continue;
    removeNode(root, path);
    changes.set(keyName(path), `moved into ${REGISTRATION_NAME}`);
  }

  for (const [path, source] of sources) {
    let content: Uint8Array;
    try {
      content = environment.readBytes(source);
    } catch {
      continue; // the check of the new configuration says why
    }
    const name = newName(files, basename(source));
    files.set(name, content);
    setText(root, path, join(folder, name));
    changes.set(keyName(path), `copied to ${join(folder, name)}`);
  }
  chooseDatabase(root, settings, environment, changes);

  const noted = await check([]);
  const notes = noted.kind === "loaded" ? noteDifferences(noted.settings) : [];
  const comments = [
    ...decisions,
    ...noted.problems.flatMap(commentOn),
    ...notes.flatMap(({ key, message }) => commentOn({ key, message, severity: "notice" })),
  ];
  const text = writeYaml(root, HEADER, comments);
  files.set(CONFIG_NAME, text);
  return {
    kind: "planned",
    files: new Map([...files].toReversed()),
    keys: old.keys.map((key) => withChange(key, changes)),
    added,
    hasNewTokens: made || wanted.asToken === undefined,
    mended: theirs.map(formatProblem),
    notes,
    loaded: await check(comments),
  };

  function inFolder(): (readonly [string, string | Uint8Array])[] {
    return [...files].map(([name, content]) => [join(folder, name), content] as const);
  }

  function check(comments: readonly Comment[]): Promise<LoadResult> {
    const target = join(folder, CONFIG_NAME);
    const content = writeYaml(root, HEADER, comments);
    const planned = withFiles(environment, new Map([...inFolder(), [target, content]]));
    return loadSettings(target, { ...planned, cwd: folder }, { advice: true });
  }

  function setText(section: Section, path: Path, value: string): void {
    const origin = originOf(environment, file, path, old.report);
    setLeaf(section, path, new Scalar(value, value, origin));
  }
}

// The registration that can be read: the one that was named, else the configuration's, where it says
// or beside the old file, as paths inside a container are elsewhere outside of it.
function findRegistration(old: OldFile, options: ImportOptions): string | undefined {
  const { registration, environment } = options;
  if (registration !== undefined) return resolve(environment.cwd, registration);
  const named = textAt(old.root, REGISTRATION);
  return named ? findFile(named, old.file, environment) : undefined;
}

function withChange(key: OldKey, changes: ReadonlyMap<string, string>): OldKey {
  const change = changes.get(keyName(key.path));
  if (change === undefined || key.fate === "of no use" || key.fate === "unknown") return key;
  const renamed = key.fate === "renamed" ? `now ${key.detail}; ` : "";
  return { ...key, fate: "changed", detail: renamed + change };
}

// What is wrong in the registration that the homeserver has.
function compareRegistration(
  file: string | undefined,
  wanted: WantedRegistration,
  environment: ConfigEnvironment,
): readonly Problem[] {
  if (file === undefined) return [];
  const read = parseRegistration(environment.readText(file));
  const differences = read.kind === "broken" ? [] : checkRegistration(read.registration, wanted);
  return [...read.problems, ...differences].map((problem) => ({ file, ...problem }));
}

// The tokens decide whose registration it is. All else is written anew.
function isFatal({ key, severity }: Problem): boolean {
  return severity === "error" && (key === "" || /^(?:id|(?:as|hs)_token)$/.test(key));
}
