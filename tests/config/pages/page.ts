/**
 * A page of mxisd's documentation put to work: what it tells to write goes through the loader and
 * the stores as in the service itself.
 *
 * @module
 */

import assert from "node:assert/strict";
import { machinePlatform } from "../../../src/app/platform.ts";
import { openPeople } from "../../../src/app/stores.ts";
import { loadSettings } from "../../../src/config/load.ts";
import type { StoreName } from "../../../src/config/sections/settings.ts";
import { machineEnvironment } from "../../../src/config/source/environment.ts";
import { formatProblem } from "../../../src/config/source/problem.ts";
import type { Profile } from "../../../src/domain/profile.ts";
import type { JoinedStores } from "../../../src/identity/joined_stores.ts";
import { userOf } from "../../contracts/identity_store.ts";
import { completed } from "../configuration.ts";

/** A configuration at work. */
export interface Page extends AsyncDisposable {
  /** All its stores as one. */
  readonly people: JoinedStores;
  /** The stores that are asked. */
  readonly stores: readonly StoreName[];
  /** The notice that names the settings of other features, without its place; else empty. */
  readonly unused: string;
  /** What else is told about it, a line each, without its place. */
  readonly warnings: readonly string[];
}

/** Loads what a page tells to write, below what every configuration has, and opens its stores. */
export async function openPage(text: string): Promise<Page> {
  const folder = await Deno.makeTempDir();
  await using opened = new AsyncDisposableStack();
  opened.defer(() => Deno.remove(folder, { recursive: true }));
  const file = `${folder}/mxisd.yaml`;
  await Deno.writeTextFile(file, completed(`${text}\nmemory:\n`));
  const result = await loadSettings(file, { ...machineEnvironment(), cwd: folder });
  assert.ok(result.kind === "loaded", result.problems.map(formatProblem).join("\n"));
  const { settings, storesInOrder, problems } = result;
  const platform = opened.use(machinePlatform(settings));
  const people = opened.use(openPeople(settings, storesInOrder, platform));
  const messages = problems.map(({ key, message }) => `${key}: ${message}`);
  const isUnused = (message: string) => message.includes("mxisd's other features: ");
  const parts = opened.move();
  return {
    people,
    stores: storesInOrder,
    unused: messages.find(isUnused)?.replace(/^.*features: /, "") ?? "",
    warnings: messages.filter((message) => !isUnused(message)),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** What the configuration finds of @bob:example.org, and that it finds nobody of another name. */
export async function findBob(text: string): Promise<Profile | undefined> {
  await using page = await openPage(text);
  assert.equal(await page.people.findProfile(userOf("mallory")), undefined);
  return await page.people.findProfile(userOf("bob"));
}
