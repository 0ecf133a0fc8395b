import assert from "node:assert/strict";
import { openReloadEnvironment } from "../../../src/cli/reload/environment.ts";
import { machineEnvironment } from "../../../src/config/source/environment.ts";

Deno.test("a database is looked into before the service opens it, and never again", () => {
  const opened: string[] = [];
  const { first, later } = openReloadEnvironment({
    ...machineEnvironment(),
    databaseTables(path) {
      opened.push(path);
      return path === "/new.db" ? undefined : ["access_token"];
    },
  });
  assert.deepEqual(first.databaseTables("/mxisd.db"), ["access_token"]);
  assert.deepEqual(first.databaseTables("/new.db"), undefined);
  assert.deepEqual(later.databaseTables("/mxisd.db"), ["access_token"]);
  assert.deepEqual(later.databaseTables("/new.db"), undefined);
  // Taken for ours: it is looked into when it is opened, after a restart.
  assert.deepEqual(later.databaseTables("/named_later.db"), []);
  assert.deepEqual(opened, ["/mxisd.db", "/new.db"]);
});
