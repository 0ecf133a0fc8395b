/**
 * The token endpoint for service accounts, which the emulator does not have.
 *
 * @module
 */

import type { Clock } from "../../../src/system/clock.ts";
import { isSignedRequest, keyFile } from "../../fakes/identity/web/service_account.ts";
import { WebService } from "../../fakes/net/web_service.ts";
import { tempFolder } from "../temp_folder.ts";
import { OWNER_TOKEN, PROJECT } from "./firebase.ts";

/** The endpoint, and a service account for it. */
export interface GoogleTokens extends AsyncDisposable {
  /** The file of the service account's key. */
  readonly credentials: string;
  /** The endpoint, which checks the signature of each request. */
  readonly service: WebService;
}

/** Starts it. Its tokens are the emulator's by default; `changes` apply to the key file. */
export async function startGoogleTokens(
  clock: Clock,
  { token = OWNER_TOKEN, changes = {} }: {
    readonly token?: string;
    readonly changes?: object;
  } = {},
): Promise<GoogleTokens> {
  const service = new WebService(async (request) => {
    if (!await isSignedRequest(request, PROJECT, clock)) {
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    }
    return Response.json({ access_token: token, expires_in: 3599, token_type: "Bearer" });
  });
  const folder = await tempFolder();
  const credentials = `${folder.path}/firebase-key.json`;
  await Deno.writeTextFile(credentials, keyFile(PROJECT, service.url, changes));
  return {
    credentials,
    service,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
