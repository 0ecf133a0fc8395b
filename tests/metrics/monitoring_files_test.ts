import assert from "node:assert/strict";
import { parse } from "yaml";
import { type Figure, FIGURES } from "../../src/metrics/figures.ts";
import { dashboardQueries } from "./dashboard.ts";

const RULES = new URL("../../docs/monitoring/alerts.yaml", import.meta.url);
const TESTS = new URL("../../docs/monitoring/alerts_test.yaml", import.meta.url);

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

async function rules(): Promise<readonly Rule[]> {
  const { groups } = parse(await Deno.readTextFile(RULES)) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[];
  };
  return groups.flatMap((group) => group.rules);
}

/** What is wrong with the figures of ours that a query names. */
function faults(query: string): readonly string[] {
  const used = query.matchAll(/appservice_mxisd_([a-z_]+)(?:\{([^}]*)\})?/g);
  return [...used].flatMap(([, name = "", matchers = ""]) => {
    const figures: Readonly<Record<string, Figure>> = FIGURES;
    const base = name.replace(/_(?:bucket|sum|count)$/, "");
    const figure = figures[name] ?? figures[base];
    if (!figure || (figure.kind === "histogram") !== (name !== base)) return [`no figure ${name}`];
    return [...matchers.matchAll(/([a-z]+)=~?"([^"]*)"/g)].flatMap(([, label = "", value = ""]) => {
      if (label === "instance") return [];
      const values = figure.labels[label];
      if (values === undefined) return [`${name} has no label ${label}`];
      return value.split("|").filter((one) => values !== null && !values.includes(one))
        .map((one) => `${name} has no ${label} ${one}`);
    });
  });
}

Deno.test("the faults of a query are found", () => {
  assert.deepEqual(faults('rate(appservice_mxisd_mails_total{outcome="sent"}[5m])'), []);
  assert.deepEqual(
    ["appservice_mxisd_mail", 'appservice_mxisd_mails_total{outcome="lost"}'].map(faults),
    [["no figure mail"], ["mails_total has no outcome lost"]],
  );
  assert.deepEqual(faults("appservice_mxisd_send_seconds"), ["no figure send_seconds"]);
  assert.deepEqual(faults('appservice_mxisd_ready{work="mails"}'), ["ready has no label work"]);
});

Deno.test("the alert rules ask for figures that exist", async () => {
  const all = await rules();
  assert.ok(all.length >= 10);
  assert.deepEqual(all.flatMap(({ expr }) => faults(expr)), []);
});

Deno.test("the dashboard asks for figures that exist, and shows nearly all of them", async () => {
  const queries = await dashboardQueries();
  assert.deepEqual(queries.flatMap(faults), []);
  const text = queries.join("\n");
  const missing = Object.keys(FIGURES).filter((name) => !text.includes(`appservice_mxisd_${name}`));
  assert.deepEqual(missing.sort(), [
    ...["build_info", "mails_queued_total", "start_time_seconds", "transaction_bytes_total"],
  ]);
});

Deno.test("each alert has a test in which it is told, and one in which it is not", async () => {
  const { tests } = parse(await Deno.readTextFile(TESTS)) as {
    readonly tests: readonly {
      readonly alert_rule_test: readonly {
        readonly alertname: string;
        readonly exp_alerts?: readonly unknown[];
      }[];
    }[];
  };
  const cases = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  for (const { alert } of await rules()) {
    const own = cases.filter(({ alertname }) => alertname === alert);
    assert.ok(own.some(({ exp_alerts = [] }) => exp_alerts.length > 0), `${alert} is told`);
    assert.ok(own.some(({ exp_alerts = [] }) => exp_alerts.length === 0), `${alert} is not told`);
  }
});
