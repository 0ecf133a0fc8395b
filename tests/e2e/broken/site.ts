/**
 * A deployment in which everything works, to break one thing in.
 *
 * @module
 */

import { type Differences, HS_TOKEN, makeWorkspace } from "../../cli/workspace.ts";
import { startScriptedSmtp } from "../../fakes/mail/scripted_smtp.ts";

/** The as_token of the configuration. */
export const AS_TOKEN = "as-mXk3Zt8LwQ5uEJ7r-broken";

/** The keys of the mail server. */
export const SMTP = "threepid.medium.email.connectors.smtp";

/** A deployment with a homeserver and a mail server that work. */
export interface Site extends AsyncDisposable {
  /** Where its files are. */
  readonly folder: string;
  /** The service's port. */
  readonly port: number;
  /** The homeserver's port. */
  readonly homeserverPort: number;
  /** A path in the folder. */
  path(name: string): string;
  /** Writes a file into the folder, and returns its path. */
  write(name: string, text: string, mode?: number): Promise<string>;
  /** Writes the configuration with these differences. */
  configure(differences: Differences): Promise<string>;
  /** Keeps something until the end of the test. */
  use<Value extends AsyncDisposable | Disposable>(value: Value): Value;
  /** Does something at the end of the test, before the folder is removed. */
  defer(work: () => Promise<void>): void;
  /** Replaces a number that differs from run to run by this word in what is compared. */
  call(value: number, word: string): number;
  /** A text without what differs from run to run. */
  normalise(text: string): string;
}

/** Sets it up. */
export async function openSite(): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const workspace = stack.use(await makeWorkspace());
  const mailServer = stack.use(startScriptedSmtp());
  const homeserver = stack.adopt(startHomeserver(), (server) => server.shutdown());
  const { folder, port } = workspace;
  const words = new Map<number, string>();
  const call = (value: number, word: string) => {
    words.set(value, word);
    return value;
  };
  call(port, "PORT");
  call(mailServer.port, "SMTP_PORT");
  const homeserverPort = call(homeserver.addr.port, "HOMESERVER_PORT");
  const usual: Differences = {
    "appsvc.endpoint.toHS.url": `http://127.0.0.1:${homeserverPort}`,
    "appsvc.endpoint.toHS.token": AS_TOKEN,
    // Its own test has it.
    "server.publicUrl": undefined,
    [`${SMTP}.port`]: mailServer.port,
  };
  await workspace.configure(usual);
  const rest = stack.move();
  return {
    folder,
    port,
    homeserverPort,
    path: workspace.path,
    async write(name, text, mode = 0o600) {
      const file = workspace.path(name);
      await Deno.writeTextFile(file, text, { mode });
      return file;
    },
    configure: (differences) => workspace.configure({ ...usual, ...differences }),
    use: (value) => rest.use(value),
    defer: (work) => rest.defer(work),
    call,
    normalise: (text) =>
      text.replaceAll(folder, "FOLDER")
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
        .replaceAll(/\d+/g, (digits) => words.get(Number(digits)) ?? digits),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** What a homeserver answers that has loaded the registration and reaches the service. */
function startHomeserver(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const token = request.headers.get("authorization")?.replace(/^Bearer /, "");
    if (token !== AS_TOKEN) {
      return Response.json({ errcode: "M_UNKNOWN_TOKEN", error: "Unknown token" }, { status: 401 });
    }
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/ping")) return Response.json({ duration_ms: 5 });
    if (pathname.endsWith("/account/whoami")) {
      return Response.json({ user_id: "@appservice-mxisd:example.org" });
    }
    return Response.json({ errcode: "M_UNRECOGNIZED", error: "Unrecognized" }, { status: 404 });
  });
}

/** Pushes an invite of bob, as the homeserver does. */
export async function pushInvite({ port }: Site, events: readonly unknown[]): Promise<void> {
  const url = `http://127.0.0.1:${port}/_matrix/app/v1/transactions/1`;
  const response = await fetch(url, {
    method: "PUT",
    headers: { authorization: `Bearer ${HS_TOKEN}` },
    body: JSON.stringify({ events }),
  });
  await response.body?.cancel();
  if (response.status !== 200) throw new Error(`The service answered ${response.status}`);
}
