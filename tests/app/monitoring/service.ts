/** A service that is watched. */

import { type App, openApp } from "../../../src/app/app.ts";
import { loadSettings } from "../../../src/config/load.ts";
import { type Differences, HS_TOKEN, makePreparedWorkspace } from "../../cli/workspace.ts";
import { testPlatform } from "../../fakes/app/platform.ts";
import { FakeClock } from "../../fakes/system/fake_clock.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";
import { seriesIn } from "../../metrics/exposition.ts";
import { freePort } from "../../process/free_port.ts";

/** A service that listens for what watches it, and is stopped at the end of a test. */
export interface WatchedService extends AsyncDisposable {
  readonly app: App;
  readonly clock: FakeClock;
  /** Asks the listener of its own: the status and the body. */
  get(path: string): Promise<readonly [number, string]>;
  /** The figures by name, without the prefix of all. */
  figures(): Promise<ReadonlyMap<string, number>>;
  /** Sends a transaction, and returns the response's status. */
  push(id: number, events: readonly unknown[] | string): Promise<number>;
  /** Stops it; resolves when it has stopped. */
  stop(): Promise<void>;
}

/** Starts it with a clock of its own. */
export async function startWatched(differences: Differences = {}): Promise<WatchedService> {
  await using opened = new AsyncDisposableStack();
  opened.use(await collectLogs());
  const port = freePort();
  const workspace = opened.use(
    await makePreparedWorkspace({ "server.metrics.port": port, ...differences }),
  );
  const loaded = await loadSettings(workspace.path("mxisd.yaml"));
  if (loaded.kind === "refused") throw new Error(JSON.stringify(loaded.problems));
  const clock = new FakeClock();
  const app = opened.use(
    await openApp(loaded.settings, loaded.storesInOrder, testPlatform(clock)),
  );
  const stopped = new AbortController();
  const ended = app.run(stopped.signal);
  opened.defer(async () => {
    stopped.abort();
    await ended;
  });
  const rest = opened.move();
  const service: WatchedService = {
    app,
    clock,
    async get(path) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return [response.status, await response.text()];
    },
    async figures() {
      const [, text] = await service.get("/metrics");
      const all = seriesIn(text);
      return new Map(
        [...all].map(([name, value]) => [name.replace("appservice_mxisd_", ""), value]),
      );
    },
    async push(id, events) {
      const url = `http://127.0.0.1:${app.address.port}/_matrix/app/v1/transactions/${id}`;
      const response = await fetch(url, {
        method: "PUT",
        headers: { authorization: `Bearer ${HS_TOKEN}` },
        body: typeof events === "string" ? events : JSON.stringify({ events }),
      });
      await response.body?.cancel();
      return response.status;
    },
    async stop() {
      stopped.abort();
      await ended;
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
  return service;
}
