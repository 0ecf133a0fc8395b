/** Reads the dashboard for Grafana. */

const DASHBOARD = new URL("../../docs/monitoring/dashboard.json", import.meta.url);

interface Panel {
  readonly targets?: readonly { readonly expr: string }[];
}

/** The queries of all its panels. */
export async function dashboardQueries(): Promise<readonly string[]> {
  const { panels } = JSON.parse(await Deno.readTextFile(DASHBOARD)) as {
    readonly panels: readonly Panel[];
  };
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}
