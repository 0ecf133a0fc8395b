/**
 * The commands `health` and `ready`: they ask the running service, where there is no shell for it.
 *
 * @module
 */

import { reachableHosts } from "../../app/listen.ts";
import { machinePlatform } from "../../app/platform.ts";
import { SECOND } from "../../settings/duration.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfigurationSections } from "../load_configuration.ts";

// Less than container engines wait for a check.
const TIMEOUT_MS = 5 * SECOND;

/** Asks the listener of the homeserver, which every service has. */
export async function health(context: CommandContext): Promise<ExitCode> {
  const settings = await loadConfigurationSections(context, ["server", "appsvc"], {
    reportsProblems: true,
  });
  if (!settings) return ExitCode.configuration;
  const { host, port } = settings.server;
  return await ask(context, reachableHosts(settings, host), port, "/health", "ok");
}

/** Asks the listener for monitoring. */
export async function ready(
  context: CommandContext,
  { delivery }: { readonly delivery: boolean },
): Promise<ExitCode> {
  const settings = await loadConfigurationSections(context, ["server", "appsvc"], {
    reportsProblems: true,
  });
  if (!settings) return ExitCode.configuration;
  const { host, port } = settings.server.metrics;
  if (port === undefined) {
    context.streams.err(
      "server.metrics.port is not set, so that the service does not tell: set it, or ask " +
        "appservice-mxisd health whether it is alive",
    );
    return ExitCode.configuration;
  }
  const path = delivery ? "/readyz/delivery" : "/readyz";
  return await ask(context, reachableHosts(settings, host), port, path, "ready");
}

async function ask(
  { streams, signal }: CommandContext,
  hosts: readonly string[],
  port: number,
  path: string,
  expected: string,
): Promise<ExitCode> {
  using platform = machinePlatform({ tls: {} });
  const faults: string[] = [];
  for (const host of hosts) {
    const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}${path}`;
    const late = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await platform.fetch(url, { signal: AbortSignal.any([signal, late]) });
      const { status, reasons } = readAnswer(await response.text());
      if (response.ok && status === expected) {
        streams.out(expected);
        return ExitCode.ok;
      }
      const why = reasons.length > 0 ? reasons : [`${url} answers ${response.status}`];
      for (const reason of why) streams.err(printable(reason));
      return ExitCode.failed;
    } catch {
      faults.push(
        late.aborted ? `${url} does not answer in 5 seconds` : `${url} cannot be reached`,
      );
    }
  }
  for (const fault of faults) streams.err(fault);
  return ExitCode.failed;
}

// Another program may listen there.
function readAnswer(
  text: string,
): { readonly status: unknown; readonly reasons: readonly string[] } {
  try {
    const answer = JSON.parse(text);
    const reasons = Array.isArray(answer?.reasons) ? answer.reasons : [];
    return { status: answer?.status, reasons: reasons.map(String) };
  } catch {
    return { status: undefined, reasons: [] };
  }
}
