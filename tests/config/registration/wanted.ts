/** The values of a registration for tests. */

import type { WantedRegistration } from "../../../src/config/registration/generate.ts";
import { Secret } from "../../../src/settings/secret.ts";

export const WANTED: WantedRegistration = {
  domain: "example.org",
  id: "appservice-mxisd",
  url: "http://127.0.0.1:8090",
  senderLocalpart: "mxisd",
  asToken: new Secret("as-token-0123456789"),
  hsToken: new Secret("hs-token-0123456789"),
};
