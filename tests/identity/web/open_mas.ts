import type { IdentityStore } from "../../../src/identity/port.ts";
import { masSection, openMasStore } from "../../../src/identity/web/mas.ts";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type MasAccount,
  MasService,
} from "../../fakes/identity/web/mas_service.ts";
import { fetchTrusting } from "../../fakes/net/http_client.ts";
import { WebService } from "../../fakes/net/web_service.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";

/** The requests of a lookup of bob, in their order. */
export const TOKEN = "POST /oauth2/token";
export const USER = "GET /api/admin/v1/users/by-username/bob";
export const EMAILS = "GET /api/admin/v1/user-emails";

/** A store and the service that it asks. */
export interface OpenMas extends AsyncDisposable {
  readonly mas: MasService;
  readonly service: WebService;
  readonly store: IdentityStore;
}

/** Starts a service with these accounts, and opens a store on it. */
export function openMas(accounts: readonly MasAccount[], settings: object = {}): OpenMas {
  const mas = new MasService(accounts);
  const service = new WebService(mas.handle);
  return {
    mas,
    service,
    store: openStore(service, new ManualClock(), settings),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** Opens a store on a service. */
export function openStore(
  service: WebService,
  clock: ManualClock,
  settings: object = {},
): IdentityStore {
  const section = masSection.parse({
    enabled: true,
    url: `${service.url}/`,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    ...settings,
  });
  return openMasStore(section, { fetch: fetchTrusting(), clock });
}
