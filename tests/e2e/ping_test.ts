import { Organisation } from "./organisation.ts";

Deno.test("the homeserver reaches the service with the registration that the service wrote", async () => {
  await using organisation = await Organisation.open();
  await organisation.logged("homeserver reaches this service");
});
