import assert from "node:assert/strict";
import { CA, LOCALHOST } from "../fakes/net/certificates.ts";
import { freePort } from "../process/free_port.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { runCommand } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import { documented, type Proxy, startCaddy, startNginx } from "./servers/proxy.ts";

async function nginx(port: number, service: string, folder: string): Promise<Proxy> {
  await Deno.writeTextFile(`${folder}/tls.pem`, LOCALHOST.cert);
  await Deno.writeTextFile(`${folder}/tls.key`, LOCALHOST.key);
  const server = await documented("nginx", 0, {
    "listen 443 ssl": `listen 127.0.0.1:${port} ssl`,
    "server_name mxisd.example.org": "server_name localhost",
    "/etc/ssl/mxisd.example.org.pem": `${folder}/tls.pem`,
    "/etc/ssl/mxisd.example.org.key": `${folder}/tls.key`,
    "127.0.0.1:8090": service,
  });
  return await startNginx(server);
}

async function caddy(port: number, service: string, folder: string): Promise<Proxy> {
  await Deno.writeTextFile(`${folder}/tls.pem`, LOCALHOST.cert);
  await Deno.writeTextFile(`${folder}/tls.key`, LOCALHOST.key);
  const site = await documented("caddy", 0, {
    "mxisd.example.org {":
      `https://localhost:${port} {\n\tbind 127.0.0.1\n\ttls ${folder}/tls.pem ${folder}/tls.key`,
    "127.0.0.1:8090": service,
  });
  return await startCaddy(site);
}

for (const [name, start] of Object.entries({ nginx, caddy })) {
  Deno.test(`${name}, configured as documented, publishes only the page, and one click stops the mails`, async () => {
    const port = freePort();
    const origin = `https://localhost:${port}`;
    await using organisation = await Organisation.create({
      delay: "0",
      settings: ({ servicePort }) => ({ server: { port: servicePort, publicUrl: origin } }),
    });
    const { folder, servicePort } = organisation.layout;
    await using _proxy = await start(port, `127.0.0.1:${servicePort}`, folder);
    await organisation.startService();
    using client = Deno.createHttpClient({ caCerts: [CA] });
    async function status(path: string, init: RequestInit = {}): Promise<number> {
      const response = await fetch(origin + path, { ...init, client, redirect: "manual" });
      await response.body?.cancel();
      return response.status;
    }

    await organisation.pushEvents(inviteEvent());
    const { message } = await organisation.mailTo("bob");
    const field = (key: string) => message.headers.find((header) => header.key === key)?.value;
    assert.equal(field("list-unsubscribe-post"), "List-Unsubscribe=One-Click");
    const [, link = ""] = /^<(https:[^<>]+)>$/.exec(field("list-unsubscribe") ?? "") ?? [];
    const path = link.slice(origin.length);
    assert.match(path, /^\/stop\/[\w-]+$/);

    assert.equal(await status(path), 200);
    assert.equal(await status(path, { method: "HEAD" }), 200);
    assert.equal(await status("/stop/x"), 404);
    const unpublished = [
      ...["/", "/health", "/metrics", "/stopping", "/transactions/1", "/users/x"],
      ...["/_matrix/app/v1/ping", "/_matrix/app/v1/users/x", "/_matrix/app/v1/transactions/1"],
      ...["/stop/..%2f_matrix/app/v1/users/x", "/stop/%2e%2e/health", "/stop//..//health"],
    ];
    const health = await fetch(`http://127.0.0.1:${servicePort}/health`);
    assert.equal((await health.json()).status, "ok");
    for (const target of unpublished) {
      for (const method of ["GET", "PUT", "POST"]) {
        const received = await status(target, { method });
        assert.ok([403, 404, 405].includes(received), `${method} ${target}: ${received}`);
      }
    }
    for (const method of ["PUT", "DELETE"]) {
      assert.ok([403, 404, 405].includes(await status(path, { method })));
    }
    assert.equal(await status(path, { method: "POST", body: "x".repeat(10_000) }), 413);

    // As a mail program does (RFC 8058, section 3.2).
    const body = new FormData();
    body.set("List-Unsubscribe", "One-Click");
    assert.equal(await status(path, { method: "POST", body }), 200);
    const listed = await runCommand(folder, "suppressions", "list");
    assert.match(listed.output, /^1: all emails\n[^]*by {7}one-click/);
    const lifted = await runCommand(folder, "suppressions", "lift", "bob@mail.example.org");
    assert.deepEqual([lifted.code, lifted.output.slice(0, 8)], [0, "Lifted 1"]);
  });
}
