/**
 * The least that a server of transactions can do in Deno: it reads a body, and with the argument
 * `json` parses it.
 *
 * Usage: deno run --allow-net baseline_server.ts PORT [json]
 *
 * @module
 */

const [port, mode] = Deno.args;

Deno.serve({ hostname: "127.0.0.1", port: Number(port), onListen() {} }, async (request) => {
  if (mode === "json") {
    const { events } = await request.json();
    if (!Array.isArray(events)) return new Response("{}", { status: 400 });
  } else await request.arrayBuffer();
  return new Response("{}", { headers: { "content-type": "application/json" } });
});
