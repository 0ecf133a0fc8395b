/**
 * A service that dies between the commit and the 200. Its arguments are the outbox's file and the
 * body of a transaction.
 *
 * @module
 */

import { recordedApp } from "./recorded_app.ts";

const [file = "", body = ""] = Deno.args;
await using service = recordedApp(file, () => Deno.kill(Deno.pid, "SIGKILL"));
await service.push(body);
