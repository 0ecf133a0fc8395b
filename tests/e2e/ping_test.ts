import { Organisation } from "./organisation.ts";

Deno.test("the homeserver reaches the service by the registration that the service made", async () => {
  await using organisation = await Organisation.open();
  await organisation.logged("homeserver reaches this service");
});
