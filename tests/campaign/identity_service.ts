/**
 * The identity store of a campaign: mxisd's REST protocol. It can be down, or fail.
 *
 * @module
 */

import { WebService } from "../fakes/net/web_service.ts";
import { addressOf } from "./configuration.ts";

/** Knows everybody. */
export class IdentityService extends WebService {
  /** Listens on a port of its own. */
  constructor() {
    super(({ body }) => {
      if (body === "") return new Response(null, { status: 405 });
      const { localpart } = JSON.parse(body) as { localpart: string };
      const person = Number(/^person(\d+)$/.exec(localpart)?.[1]);
      const threepids = [{ medium: "email", address: addressOf(person) }];
      return Response.json({ profile: { threepids } });
    });
  }

  /** Responds to every request with this status, or as usual again. */
  fail(status: number | undefined): void {
    this.scripted = status === undefined ? undefined : () => new Response(null, { status });
  }
}
