/**
 * Loads the examples on a page of mxisd's documentation, and opens their stores as the service does.
 *
 * @module
 */

import assert from "node:assert/strict";
import { machinePlatform } from "../../../src/app/platform.ts";
import { joinPeople, openStores } from "../../../src/app/stores.ts";
import { loadSettings } from "../../../src/config/load.ts";
import type { StoreName } from "../../../src/config/sections/settings.ts";
import { machineEnvironment } from "../../../src/config/source/environment.ts";
import { formatProblem } from "../../../src/config/source/problem.ts";
import type { Profile } from "../../../src/domain/profile.ts";
import type { JoinedStores } from "../../../src/identity/joined_stores.ts";
import { userOf } from "../../contracts/identity_store.ts";
import { completed } from "../configuration.ts";

/** A loaded configuration. */
export interface Page extends AsyncDisposable {
  /** All its stores as one. */
  readonly people: JoinedStores;
  /** The enabled stores. */
  readonly stores: readonly StoreName[];
  /** The keys in the notice about ignored ones; empty without the notice. */
  readonly ignored: string;
  /** The other problems, a line each, without their positions. */
  readonly warnings: readonly string[];
}

/** Loads a page's example together with what every configuration needs, and opens its stores. */
export async function openPage(text: string): Promise<Page> {
  const folder = await Deno.makeTempDir();
  await using opened = new AsyncDisposableStack();
  opened.defer(() => Deno.remove(folder, { recursive: true }));
  const file = `${folder}/mxisd.yaml`;
  await Deno.writeTextFile(file, completed(`${text}\nmemory:\n`), { mode: 0o600 });
  const result = await loadSettings(file, { ...machineEnvironment(), cwd: folder });
  assert.ok(result.kind === "loaded", result.problems.map(formatProblem).join("\n"));
  const { settings, storesInOrder, problems } = result;
  const platform = opened.use(machinePlatform(settings));
  const people = opened.use(
    joinPeople(settings, await openStores(settings, storesInOrder, platform), platform),
  );
  const messages = problems.map(({ key, message }) => `${key}: ${message}`);
  const notice = ": these keys belong to other features of mxisd and are ignored: ";
  const isNotice = (message: string) => message.startsWith(notice);
  const parts = opened.move();
  return {
    people,
    stores: storesInOrder,
    ignored: messages.find(isNotice)?.slice(notice.length) ?? "",
    warnings: messages.filter((message) => !isNotice(message)),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** The profile of @bob:example.org. Asserts that a person of another name is not found. */
export async function findBob(text: string): Promise<Profile | undefined> {
  await using page = await openPage(text);
  assert.equal(await page.people.findProfile(userOf("mallory")), undefined);
  return await page.people.findProfile(userOf("bob"));
}
