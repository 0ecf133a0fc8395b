/**
 * Dovecot's submission service on loopback, in its own folder: it accepts only logins with access
 * tokens, which it checks by introspection (RFC 7662), and relays to another mail server.
 *
 * @module
 */

import { LOCALHOST } from "../../fakes/net/certificates.ts";
import { freePort } from "../../process/free_port.ts";
import { installed } from "../installed.ts";
import { tempFolder } from "../temp_folder.ts";
import { startDetached } from "./detached.ts";

/** A running Dovecot. */
export interface Dovecot extends AsyncDisposable {
  /** Its submission port on 127.0.0.1, with STARTTLS and a certificate for localhost. */
  readonly port: number;
}

/** How to start it. */
export interface DovecotOptions {
  /** The introspection endpoint. */
  readonly introspectionUrl: string;
  /** The client that may use it. */
  readonly client: { readonly id: string; readonly secret: string };
  /** The login methods that it offers, such as `xoauth2`. */
  readonly methods: readonly string[];
  /** The port of 127.0.0.1 that it relays to. */
  readonly relayPort: number;
}

/** Starts it. It needs root, as Dovecot does. */
export async function startDovecot(options: DovecotOptions): Promise<Dovecot> {
  const program = await installed("/usr/sbin/dovecot");
  await installed("/usr/lib/dovecot/submission");
  const folder = await tempFolder();
  const port = freePort();
  await writeSettings(folder.path, port, options);
  try {
    const server = await startDetached({
      command: [program, "-F", "-c", `${folder.path}/dovecot.conf`],
      cwd: folder.path,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      log: `${folder.path}/log`,
      ready: "starting up for submission",
    });
    return {
      port,
      async [Symbol.asyncDispose]() {
        await server.kill("SIGTERM");
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

async function writeSettings(folder: string, port: number, options: DovecotOptions): Promise<void> {
  // Its parts do not run as root and need access.
  await Deno.chmod(folder, 0o755);
  await Deno.writeTextFile(`${folder}/cert.pem`, LOCALHOST.cert);
  await Deno.writeTextFile(`${folder}/key.pem`, LOCALHOST.key, { mode: 0o600 });
  await Deno.writeTextFile(
    `${folder}/oauth2.conf`,
    `introspection_url = ${options.introspectionUrl}
introspection_mode = post
client_id = ${options.client.id}
client_secret = ${options.client.secret}
username_attribute = email
active_attribute = active
active_value = true
`,
    { mode: 0o600 },
  );
  await Deno.writeTextFile(
    `${folder}/dovecot.conf`,
    `base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = /dev/stderr
auth_verbose = yes
protocols = submission
listen = 127.0.0.1
hostname = mail.example.org
ssl = yes
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
auth_mechanisms = ${options.methods.join(" ")}
disable_plaintext_auth = yes
first_valid_uid = 1
mail_location = maildir:${folder}/mail
# So that a refusal is not delayed.
auth_failure_delay = 0
service submission-login {
  inet_listener submission {
    port = ${port}
  }
  inet_listener submissions {
    port = 0
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${folder}/oauth2.conf
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${folder}/home
}
submission_relay_host = 127.0.0.1
submission_relay_port = ${options.relayPort}
`,
  );
}
