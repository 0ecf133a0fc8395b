/** Configurations for tests: the part under test, completed with the required sections. */

import { type LoadOptions, type LoadResult, loadSettings } from "../../src/config/load.ts";
import { formatProblem } from "../../src/config/source/problem.ts";
import { memoryEnvironment, type MemoryMachine } from "./memory_environment.ts";

/** Sections that load without a warning. */
export const SECTIONS: Readonly<Record<string, string>> = {
  matrix: "matrix:\n  domain: example.org\n",
  appsvc: `appsvc:
  endpoint:
    toHS: { url: "http://localhost:8008" }
    toAS: { token: hs-0123456789abcdef }
`,
  server: "server:\n  publicUrl: https://mxisd.example.org\n",
  memory: "memory:\n  enabled: true\n",
  threepid: `threepid:
  medium:
    email:
      identity: { from: matrix@example.org }
      connectors: { smtp: { host: smtp.example.org } }
`,
};

/** The text, followed by the required sections that it lacks. */
export function completed(text: string): string {
  const missing = Object.entries(SECTIONS).filter(([name]) =>
    !new RegExp(`^\\uFEFF?${name}:`, "m").test(text)
  );
  if (text.startsWith("- ")) return text;
  return text.replace(/(?<=[^\n])$/, "\n") + missing.map(([, section]) => section).join("");
}

/** Loads it as mxisd.yaml in /etc/mxisd, which is also the working directory. */
export function load(
  text: string,
  machine: MemoryMachine = {},
  options: LoadOptions = {},
): Promise<LoadResult> {
  const files = { ...machine.files, "mxisd.yaml": text };
  const file = machine.cwd ? "/etc/mxisd/mxisd.yaml" : "mxisd.yaml";
  return loadSettings(file, memoryEnvironment({ ...machine, files }), options);
}

/** Loads it, completed; fails if it is refused. */
export async function loaded(text: string, machine: MemoryMachine = {}): Promise<Loaded> {
  const result = await load(completed(text), machine);
  if (result.kind === "loaded") return result;
  throw new Error(result.problems.map(formatProblem).join("\n"));
}

/** A valid configuration. */
export type Loaded = Extract<LoadResult, { kind: "loaded" }>;

/** The messages about it, completed, a line each. */
export async function messagesFor(text: string, machine: MemoryMachine = {}): Promise<string[]> {
  const { problems } = await load(completed(text), machine);
  return problems.map(formatProblem);
}
