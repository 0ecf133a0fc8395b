/**
 * Checks the connections to the web services that people are looked up in.
 *
 * @module
 */

import { isUnencrypted } from "../../domain/loopback.ts";
import { usesHost } from "../../identity/web/rest.ts";
import type { Settings } from "../sections/settings.ts";
import type { Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

/** A key and its URL. */
type Target = readonly [path: Path, url: string | undefined];

/** Checks the services that this one authenticates to: each request carries a token or password. */
export function checkWebServices(settings: Partial<Settings>, report: Report): void {
  const { synapseAdmin, mas, keycloak, scim, firebase } = settings;
  const targets: readonly (readonly Target[])[] = [
    restTargets(settings),
    synapseAdmin?.enabled ? [[["synapseAdmin", "url"], synapseAdmin.url]] : [],
    mas?.enabled ? [[["mas", "url"], mas.url], [["mas", "adminUrl"], mas.adminUrl]] : [],
    keycloak?.enabled ? [[["keycloak", "url"], keycloak.url]] : [],
    scim?.enabled && hasCredentials(scim) ? [[["scim", "url"], scim.url]] : [],
    firebase?.enabled ? [[["firebase", "url"], firebase.url]] : [],
  ];
  for (const store of targets) {
    const [path] = store.find(([_, url]) => url !== undefined && isUnencrypted(url)) ?? [];
    if (path === undefined) continue;
    const message = "the token or password is sent unencrypted: write an https URL";
    report.add("warning", path, message);
  }
}

function restTargets({ rest }: Partial<Settings>): readonly Target[] {
  if (!rest?.enabled || !hasCredentials(rest)) return [];
  const endpoints = Object.entries(rest.endpoints.profile);
  return [
    ...usesHost(rest) ? [[["rest", "host"], rest.host] as const] : [],
    ...endpoints.map(([name, url]) => [["rest", "endpoints", "profile", name], url] as const),
  ];
}

function hasCredentials({ bearer, basic, headers }: Settings["rest" | "scim"]): boolean {
  return bearer !== undefined || basic !== undefined || Object.keys(headers).length > 0;
}
