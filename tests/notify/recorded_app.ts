import { createHttpApp } from "../../src/http/app.ts";
import { acceptTransaction } from "../../src/notify/accept/accept.ts";
import { CatchUp } from "../../src/notify/accept/catch_up.ts";
import { stopHash } from "../../src/notify/stop_hash.ts";
import type { Outbox } from "../../src/outbox/port.ts";
import { openSqliteOutbox } from "../../src/outbox/sqlite/outbox.ts";
import { Secret } from "../../src/settings/secret.ts";
import { systemClock } from "../../src/system/clock.ts";
import { HS_TOKEN, RULES } from "../fakes/notify/service.ts";

/** The real application over a real outbox, at the real time. */
export interface RecordedApp extends AsyncDisposable {
  readonly outbox: Outbox;
  /** Pushes the body of a transaction; its status. */
  push(body: string): Promise<number>;
}

/** Opens it; `committed` is called after each commit and before its 200. */
export function recordedApp(file: string, committed = () => {}): RecordedApp {
  const clock = systemClock;
  const outbox = openSqliteOutbox({
    file,
    clock,
    domain: "example.org",
    maxAge: RULES.maxAge,
    stopHash,
  });
  const catchUp = new CatchUp({ outbox, clock, domain: RULES.domain });
  const app = createHttpApp({
    hsToken: new Secret(HS_TOKEN),
    clock,
    async accept(body) {
      const accepted = await acceptTransaction(body, {
        outbox,
        clock,
        catchUp,
        rules: RULES,
        delay: 0,
        added: false,
        repeatAfter: null,
      });
      committed();
      return accepted;
    },
  });
  return {
    outbox,
    async push(body) {
      const headers = { authorization: `Bearer ${HS_TOKEN}` };
      const path = "/_matrix/app/v1/transactions/1";
      return (await app.request(path, { method: "PUT", headers, body })).status;
    },
    [Symbol.asyncDispose]: () => outbox[Symbol.asyncDispose](),
  };
}
