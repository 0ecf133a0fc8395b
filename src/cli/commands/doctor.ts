/**
 * The command `doctor`: checks the deployment, and says what is wrong and what to do about it.
 *
 * @module
 */

import { machinePlatform } from "../../app/platform.ts";
import { outboxFile } from "../../app/outbox.ts";
import { StartError } from "../../app/start_error.ts";
import { type LoadResult, loadSettings } from "../../config/load.ts";
import { parseDnsServer } from "../../config/sections/doctor.ts";
import type { ConfigEnvironment } from "../../config/source/environment.ts";
import { checkConfiguration } from "../../doctor/configuration.ts";
import { machineServers, openResolver } from "../../doctor/dns/resolver.ts";
import { examine, LIVE_PARTS } from "../../doctor/examine.ts";
import { checkFiles } from "../../doctor/files.ts";
import { type Check, error, type Finding, type Part, PARTS } from "../../doctor/finding.ts";
import { printable, quoted } from "../../text/printable.ts";
import { paint, type Style } from "../colors.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { configurationFile } from "../load_configuration.ts";
import { levelFor, openLogging } from "../logging.ts";
import type { Streams } from "../streams.ts";
import { choices } from "../words.ts";
import { writeJson } from "../write_json.ts";

/** The command's arguments. */
export interface DoctorArguments {
  readonly json: boolean;
  /** The parts to check; all if there are none. */
  readonly only: readonly string[];
}

/** Checks the deployment; fails when there is an error. */
export async function doctor(
  context: CommandContext,
  { json, only }: DoctorArguments,
): Promise<ExitCode> {
  const { streams } = context;
  const unknown = only.find((word) => !isPart(word));
  if (unknown !== undefined) {
    streams.err(`There is no part ${quoted(unknown)}: ${choices(unknown, PARTS)}`);
    return ExitCode.usage;
  }
  const environment = recording(context.environment());
  const file = configurationFile(context, environment);
  if (file === undefined) return ExitCode.configuration;
  const parts = only.length === 0 ? PARTS : PARTS.filter((part) => only.includes(part));
  const findings = await check(context, file, parts, environment);
  if (json) streams.out(writeJson(findings));
  else for (const finding of findings) streams.out(describe(finding, streams));
  return findings.some(({ result }) => result === "error") ? ExitCode.failed : ExitCode.ok;
}

/** The machine, with the files that were read from it. */
interface RecordingEnvironment extends ConfigEnvironment {
  readonly texts: Set<string>;
  readonly pictures: Set<string>;
}

async function check(
  context: CommandContext,
  file: string,
  parts: readonly Part[],
  environment: RecordingEnvironment,
): Promise<readonly Finding[]> {
  const loaded = await loadSettings(file, environment);
  const findings: Finding[] = [];
  const add = (part: Part, checks: readonly Check[]) => {
    if (!parts.includes(part)) return;
    findings.push(...checks.map((check): Finding => ({ part, ...check })));
  };
  const configuration = checkConfiguration(file, loaded.problems);
  add("configuration", configuration);
  if (loaded.kind === "refused") {
    // Whatever was asked for, nothing can be checked before this is corrected.
    return findings.length > 0
      ? findings
      : configuration.map((check): Finding => ({ part: "configuration", ...check }));
  }
  add("files", checkFiles(filesOf(loaded, environment)));
  await using _logging = await openLogging(levelFor("fatal", context.verbosity), context.streams);
  if (!parts.some((part) => LIVE_PARTS.some((live) => live === part))) return findings;
  return [...findings, ...await examineLive(loaded, parts, context.signal)];
}

async function examineLive(
  { settings, storesInOrder: stores }: Extract<LoadResult, { kind: "loaded" }>,
  parts: readonly Part[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    using platform = machinePlatform(settings);
    const server = parseDnsServer(settings.doctor.resolver ?? "");
    const resolver = openResolver(server ? [server] : machineServers(), platform);
    return await examine({ settings, stores, platform, resolver }, parts, signal);
  } catch (cause) {
    if (!(cause instanceof StartError)) throw cause;
    const checked = error(
      "tls.ca",
      cause.message,
      "Correct tls.ca: nothing is trusted without it.",
    );
    return [{ part: "configuration", ...checked }];
  }
}

function filesOf(
  { file, settings }: Extract<LoadResult, { kind: "loaded" }>,
  { texts, pictures }: RecordingEnvironment,
) {
  const { ca } = settings.tls;
  const others = [...pictures, ...(ca === undefined ? [] : [ca])];
  return {
    configuration: file,
    secrets: [...texts].filter((path) => path !== file && !others.includes(path)),
    others,
    database: outboxFile(settings),
  };
}

// What the configuration reads are its secrets and its certificates, and the registration.
function recording(environment: ConfigEnvironment): RecordingEnvironment {
  const texts = new Set<string>();
  const pictures = new Set<string>();
  return {
    ...environment,
    texts,
    pictures,
    readText(path) {
      texts.add(path);
      return environment.readText(path);
    },
    readBytes(path) {
      pictures.add(path);
      return environment.readBytes(path);
    },
  };
}

const MARKS: Readonly<Record<Finding["result"], readonly [mark: string, style?: Style]>> = {
  ok: ["✓", "green"],
  warning: ["!", "yellow"],
  error: ["✗", "red"],
  skipped: ["-"],
};

// A mark, and what was seen; what to do stands below.
function describe({ part, check, result, seen, remedy }: Finding, { outColors }: Streams): string {
  const [mark, style] = MARKS[result];
  const name = check === part ? part : `${part}, ${check}`;
  const line = `${paint(mark, style, outColors)} ${printable(`${name}: ${seen}`)}`;
  return remedy === undefined ? line : `${line}\n    ${printable(remedy)}`;
}

function isPart(word: string): word is Part {
  return PARTS.some((part) => part === word);
}
