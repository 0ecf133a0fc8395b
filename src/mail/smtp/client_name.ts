/**
 * What this machine is called.
 *
 * @module
 */

/**
 * This machine's full name, `undefined` when it has none or when asking for it is not permitted.
 */
export function ownHostname(): string | undefined {
  const permission = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  if (permission.state !== "granted") return undefined;
  const name = Deno.hostname();
  return FULL_NAME.test(name) ? name : undefined;
}

const FULL_NAME =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,62}$/;
