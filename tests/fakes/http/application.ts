import assert from "node:assert/strict";
import { createHttpApp } from "../../../src/http/app.ts";
import type { Accepted } from "../../../src/notify/accept/accept.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { systemClock } from "../../../src/system/clock.ts";

export const TOKEN = "hs_VDxUpXFqbN4Qh2rK";
export const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };

/** The application, and the bodies it accepted. */
export function application(
  accept: () => Promise<Accepted> = () => Promise.resolve({ kind: "accepted" }),
) {
  const bodies: Uint8Array[] = [];
  const app = createHttpApp({
    hsToken: new Secret(TOKEN),
    clock: systemClock,
    accept(body) {
      bodies.push(body.slice());
      return accept();
    },
  });
  return { app, bodies };
}

/** A response's status and error code; it must be JSON. */
export async function outcome(response: Response): Promise<[number, string | undefined]> {
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  const body = await response.json();
  if (body.errcode !== undefined) assert.equal(typeof body.error, "string");
  return [response.status, body.errcode];
}
