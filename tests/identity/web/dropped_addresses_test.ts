import assert from "node:assert/strict";
import type { IdentityStore } from "../../../src/identity/port.ts";
import { firebaseSection, openFirebaseStore } from "../../../src/identity/web/firebase.ts";
import { keycloakSection, openKeycloakStore } from "../../../src/identity/web/keycloak.ts";
import { masSection, openMasStore } from "../../../src/identity/web/mas.ts";
import { openRestStore, restSection } from "../../../src/identity/web/rest.ts";
import { openScimStore, scimSection } from "../../../src/identity/web/scim.ts";
import {
  openSynapseAdminStore,
  synapseAdminSection,
} from "../../../src/identity/web/synapse_admin.ts";
import { DOMAIN, userOf } from "../../contracts/identity_store.ts";
import { PROJECT } from "../../fakes/identity/web/firebase_service.ts";
import { keyFile } from "../../fakes/identity/web/service_account.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";

// What services have where an address belongs, and how it is shown.
const WRONG: readonly (readonly [value: unknown, shown: string])[] = [
  ["Bob <bob@example.com>", '"Bob <bob@example.com>"'],
  ["bob@example.com, robert@example.com", '"bob@example.com, robert@example.com"'],
  ["{bob@example.com,robert@example.com}", '"{bob@example.com,robert@example.com}"'],
  ["bob@example.com\r\nBcc: eve@example.com", '"bob@example.com\\u{d}\\nBcc: eve@example.com"'],
  ["", '""'],
  [null, "null"],
  [7, "7"],
  [["bob@example.com"], '["bob@example.com"]'],
  [{ mail: "bob@example.com" }, '{"mail":"bob@example.com"}'],
];

interface Service {
  /** The answer to each request for bob, who has this in the place of an address. */
  answer(path: string, address: unknown): unknown;
  open(dependencies: { fetch: typeof fetch; clock: ManualClock }): IdentityStore;
}

const url = "http://127.0.0.1:1";
const client = { clientId: "c", clientSecret: "s" };
const TOKEN = { access_token: "t", token_type: "Bearer", expires_in: 60 };
const GOOD = "bob@example.org";

const SERVICES: Readonly<Record<string, Service>> = {
  rest: {
    answer: (_path, address) => ({
      profile: {
        threepids: [{ medium: "email", address }, { medium: "email", address: GOOD }],
      },
    }),
    open: (dependencies) =>
      openRestStore(restSection.parse({ enabled: true, host: url }), dependencies),
  },
  scim: {
    answer: (_path, value) => ({
      totalResults: 1,
      Resources: [{ userName: "bob", emails: [{ value }, { value: GOOD, primary: true }] }],
    }),
    open: (dependencies) => openScimStore(scimSection.parse({ enabled: true, url }), dependencies),
  },
  keycloak: {
    answer(path, address) {
      if (path.endsWith("/token")) return TOKEN;
      if (path.endsWith("/composite")) return [];
      return [{ id: "1", username: "bob", email: GOOD, attributes: { mail: [address] } }];
    },
    open(dependencies) {
      const section = { enabled: true, url, realm: "r", mailAttributes: ["mail"], ...client };
      return openKeycloakStore(keycloakSection.parse(section), dependencies);
    },
  },
  mas: {
    answer(path, email) {
      if (path.endsWith("/token")) return TOKEN;
      if (!path.endsWith("/user-emails")) {
        return { data: { id: "1", attributes: { username: "bob" } } };
      }
      const emails = [email, GOOD].map((email) => ({ attributes: { user_id: "1", email } }));
      return { data: emails, links: {} };
    },
    open: (dependencies) =>
      openMasStore(masSection.parse({ enabled: true, url, ...client }), dependencies),
  },
  firebase: {
    answer(path, email) {
      if (path.endsWith("/token")) return TOKEN;
      const providers = [{ email: GOOD }];
      return { kind: "k", users: [{ localId: "bob", email, providerUserInfo: providers }] };
    },
    open(dependencies) {
      const credentials = Deno.makeTempFileSync();
      try {
        Deno.writeTextFileSync(credentials, keyFile(PROJECT, url));
        return openFirebaseStore(
          firebaseSection.parse({ enabled: true, credentials }),
          dependencies,
        );
      } finally {
        Deno.removeSync(credentials);
      }
    },
  },
  synapseAdmin: {
    answer: (_path, address) => ({
      name: "@bob:example.org",
      threepids: [{ medium: "email", address }, { medium: "email", address: GOOD }],
    }),
    open(dependencies) {
      const section = synapseAdminSection.parse({ enabled: true, url, token: "t" });
      return openSynapseAdminStore(section, { ...dependencies, domain: DOMAIN });
    },
  },
};

for (const [name, { answer, open }] of Object.entries(SERVICES)) {
  Deno.test(`${name}: whatever stands in the place of an address, the good one stays`, async () => {
    for (const [value, shown] of WRONG) {
      await using store = open({
        clock: new ManualClock(),
        fetch: (input) => {
          const { pathname } = new URL(String(input));
          return Promise.resolve(Response.json(answer(pathname, value)));
        },
      });
      const profile = await store.findProfile(userOf("bob"));
      assert.deepEqual(profile?.addresses, [GOOD], shown);
      assert.deepEqual(profile.dropped, [shown]);
    }
  });
}

Deno.test("rest: entries that are no third-party identifiers are dropped", async () => {
  for (const entry of [null, "bob@example.com", { address: "bob@example.com" }, []]) {
    await using store = openRestStore(restSection.parse({ enabled: true, host: url }), {
      clock: new ManualClock(),
      fetch: () =>
        Promise.resolve(Response.json({
          profile: { threepids: [entry, { medium: "email", address: GOOD }] },
        })),
    });
    const profile = await store.findProfile(userOf("bob"));
    assert.deepEqual(profile?.addresses, [GOOD]);
    assert.equal(profile.dropped?.length, 1);
  }
});
