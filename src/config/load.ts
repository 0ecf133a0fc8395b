/**
 * Loads a configuration file: its settings, or all of its problems.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { readError } from "../system/read_file.ts";
import { checkSettings } from "./checks/all.ts";
import { checkDatabases } from "./checks/databases.ts";
import { checkFileMode } from "./checks/file_mode.ts";
import { checkFiles } from "./checks/files.ts";
import { adviseOnLinks } from "./checks/links.ts";
import { checkOldPublicUrl } from "./checks/public_url.ts";
import { compareTokens } from "./checks/tokens.ts";
import { fillDerivedDefaults } from "./passes/derived_defaults.ts";
import { expandDirectoryLists } from "./passes/directory_lists.ts";
import { fillFromRegistration } from "./passes/from_registration.ts";
import { removeIgnoredKeys } from "./passes/ignored_keys.ts";
import { expandOffSections } from "./passes/off_sections.ts";
import { chooseOutboxDatabase } from "./passes/outbox_database.ts";
import { moveRenamedKeys } from "./passes/renamed_keys.ts";
import { reportReservedKeys } from "./passes/reserved_keys.ts";
import { dropEmpty } from "./schema/drop_empty.ts";
import { reportIssues } from "./schema/issues.ts";
import { mendedSection } from "./schema/mended.ts";
import { refuseScalars } from "./schema/refuse_scalars.ts";
import { describeUnknownKey } from "./schema/unknown_key.ts";
import {
  isEnabled,
  type Settings,
  settingsSchema,
  type StoreName,
  storeSections,
} from "./sections/settings.ts";
import { readDocument } from "./source/document.ts";
import { Draft } from "./source/draft.ts";
import { type ConfigEnvironment, machineEnvironment } from "./source/environment.ts";
import { originOf } from "./source/origin.ts";
import { Positions } from "./source/positions.ts";
import type { Problem } from "./source/problem.ts";
import { Report } from "./source/report.ts";

/** The result of loading a configuration. */
export type LoadResult =
  /** It is valid. */
  | {
    readonly kind: "loaded";
    /** Including the defaults. */
    readonly settings: Settings;
    /** The file's absolute path. */
    readonly file: string;
    /** Warnings and notices, in the order of the file. */
    readonly problems: readonly Problem[];
    /** The enabled identity stores, in the order of the file. */
    readonly storesInOrder: readonly StoreName[];
    readonly placeOf: PlaceOf;
  }
  /** It is not: at least one of the problems is an error. */
  | {
    readonly kind: "refused";
    readonly problems: readonly Problem[];
    /** What is right in it: the sections, without the keys that have errors. */
    readonly usable: Partial<Settings>;
    readonly placeOf: PlaceOf;
  };

/** Where a key is in the file, as `file:line:column`. */
export type PlaceOf = (key: string) => string;

/** Options for loading a configuration. */
export interface LoadOptions {
  /**
   * Makes an hs_token if there is none, instead of refusing the configuration: for commands that are
   * about to write the registration.
   */
  readonly newToken?: (() => string) | undefined;
  /** Whether to say what should be set although nothing is wrong without it. */
  readonly advice?: boolean | undefined;
}

/** The configuration's path if it is not in the working directory. */
export const SYSTEM_CONFIG = "/etc/mxisd/mxisd.yaml";

/**
 * The configuration's absolute path when none is named: `mxisd.yaml` in the working directory, else
 * `/etc/mxisd/mxisd.yaml`; `undefined` when there is neither.
 */
export function findConfig(
  environment: ConfigEnvironment = machineEnvironment(),
): string | undefined {
  return [join(environment.cwd, "mxisd.yaml"), SYSTEM_CONFIG]
    .find((file) => environment.exists(file));
}

/** Loads a configuration. Never rejects: all that is wrong with the file is a problem. */
// deno-lint-ignore require-await -- settings may come from elsewhere one day
export async function loadSettings(
  file: string,
  environment: ConfigEnvironment = machineEnvironment(),
  options: LoadOptions = {},
): Promise<LoadResult> {
  const { settings, usable, report, absolute, stores } = readSettings(file, environment, options);
  const { problems } = report;
  const placeOf = placesIn(report);
  const names = Object.keys(settingsSchema.shape) as SectionName[];
  if (report.refused || !hasSections(settings, names)) {
    return { kind: "refused", problems, usable, placeOf };
  }
  const storesInOrder = stores.filter((name) => isEnabled(settings[name]));
  return { kind: "loaded", settings, file: absolute, problems, storesInOrder, placeOf };
}

/** The name of a section of the configuration. */
export type SectionName = keyof Settings;

/** The result of loading some sections of a configuration. */
export type LoadSectionsResult<Name extends SectionName> =
  /** These sections are valid. */
  | {
    readonly kind: "loaded";
    readonly settings: Pick<Settings, Name>;
    readonly problems: readonly Problem[];
  }
  /** They are not: at least one of the problems is an error. */
  | { readonly kind: "refused"; readonly problems: readonly Problem[] };

/** Loads some sections; whatever is missing or wrong elsewhere in the file does not matter. */
// deno-lint-ignore require-await -- as `loadSettings`
export async function loadSections<Name extends SectionName>(
  file: string,
  names: readonly Name[],
  environment: ConfigEnvironment = machineEnvironment(),
  options: LoadOptions = {},
): Promise<LoadSectionsResult<Name>> {
  const read = readSettings(file, environment, options);
  const concerns = ({ file: where, key, severity }: Problem) =>
    where !== file || key === "" && severity === "error" ||
    names.some((name) => name === key.split(/[.[]/)[0]);
  const problems = read.report.problems.filter(concerns);
  const isRefused = problems.some(({ severity }) => severity === "error");
  if (isRefused || !hasSections(read.settings, names)) return { kind: "refused", problems };
  return { kind: "loaded", settings: read.settings, problems };
}

interface ReadSettings {
  /** The sections that are valid by themselves. */
  readonly settings: Partial<Settings>;
  /** Also what is right in the others. */
  readonly usable: Partial<Settings>;
  readonly report: Report;
  /** The file's absolute path. */
  readonly absolute: string;
  /** The identity stores in the order of the file. */
  readonly stores: readonly StoreName[];
}

function readSettings(
  file: string,
  environment: ConfigEnvironment,
  options: LoadOptions,
): ReadSettings {
  const absolute = resolve(environment.cwd, file);
  let text: string;
  try {
    text = environment.readText(absolute);
  } catch (error) {
    return unreadable(file, absolute, `cannot be read: ${readError(absolute, error).reason}`);
  }
  if (text.includes("\0")) {
    return unreadable(file, absolute, "cannot be read: it is not UTF-8 text");
  }
  const document = readDocument(
    file,
    text,
    (path, report) => originOf(environment, absolute, path, report),
  );
  const { root, report, readable } = document;
  if (!readable) return { settings: {}, usable: {}, report, absolute, stores: [] };

  const draft = new Draft(root, report, environment, absolute);
  const stores = Object.keys(root).filter(isStore);
  expandDirectoryLists(root, report);
  expandOffSections(root, report);
  moveRenamedKeys(root, report);
  const isOld = removeIgnoredKeys(root, report);
  reportReservedKeys(root, report);
  dropEmpty(settingsSchema, root);
  const registration = fillFromRegistration(draft, options.newToken);
  fillDerivedDefaults(draft);
  chooseOutboxDatabase(draft);
  refuseScalars(settingsSchema, root, report);
  const settings = readSections(draft);
  const usable = { ...settings, ...mendSections(draft, settings) };
  if (isOld) checkOldPublicUrl(settings, report);
  checkSettings(settings, report);
  if (registration) compareTokens(usable, registration, report);
  checkDatabases(usable, report, environment);
  checkFiles(usable, report, environment);
  checkFileMode(settings, { text, mode: environment.mode?.(absolute) }, report);
  if (options.advice) adviseOnLinks(settings, report);
  return { settings, usable, report, absolute, stores };
}

// zod compiles a schema to a function by default, which takes longer than parsing by it once.
const ONCE = { jitless: true } as const;

// Section by section, so that an error in one does not hide the problems of another.
function readSections({ root, report }: Draft): Partial<Settings> {
  const settings: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(settingsSchema.shape)) {
    const result = schema.safeParse(root[name], ONCE);
    if (result.success) settings[name] = result.data;
    else reportIssues(result.error.issues, name, settingsSchema, root, report);
  }
  for (const name of Object.keys(root)) {
    if (Object.hasOwn(settingsSchema.shape, name)) continue;
    report.add("error", [name], describeUnknownKey(settingsSchema, [], name));
  }
  return settings;
}

// What is right in the other sections: the files that they name are checked as well.
function mendSections({ root }: Draft, read: Partial<Settings>): Partial<Settings> {
  const mended: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(settingsSchema.shape)) {
    if (Object.hasOwn(read, name)) continue;
    const section = mendedSection<unknown>(schema, root[name]);
    if (section !== undefined) mended[name] = section;
  }
  return mended;
}

function placesIn({ file, positions }: Report): PlaceOf {
  return (key) => {
    const { line, column } = positions.nearest(key.split(".")).key;
    return `${file}:${line}:${column}`;
  };
}

function hasSections<Name extends SectionName>(
  settings: Partial<Settings>,
  names: readonly Name[],
): settings is Partial<Settings> & Pick<Settings, Name> {
  return names.every((name) => Object.hasOwn(settings, name));
}

function isStore(name: string): name is StoreName {
  return Object.hasOwn(storeSections, name);
}

function unreadable(file: string, absolute: string, message: string): ReadSettings {
  const report = new Report(file, new Positions());
  report.addAt("error", { line: 1, column: 1 }, "", message);
  return { settings: {}, usable: {}, report, absolute, stores: [] };
}
