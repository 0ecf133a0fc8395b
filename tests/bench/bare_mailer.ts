/**
 * The least that sending emails with nodemailer costs: a pool that composes the same email again and
 * again, for another recipient each time.
 *
 * Usage: deno run -A bare_mailer.ts PORT CONNECTIONS COUNT
 *
 * @module
 */

import nodemailer from "nodemailer";

const [port, connections, count] = Deno.args.map(Number);
const transport = nodemailer.createTransport({
  pool: true,
  host: "127.0.0.1",
  port: port ?? 0,
  maxConnections: connections ?? 1,
  maxMessages: Infinity,
  ignoreTLS: true,
});
const text = "Alice invited you to Plans.\n".repeat(30);
const html = `<table>${
  "<tr><td>Alice invited you to <b>Plans</b>.</td></tr>\n".repeat(120)
}</table>`;
// deno-lint-ignore no-console -- the output of a script
console.log("ready");
await Promise.all(Array.from({ length: count ?? 0 }, (_, index) =>
  transport.sendMail({
    from: { name: "Example chat", address: "matrix@example.org" },
    to: `person${index}@mail.example.org`,
    subject: `Alice invited you to Plans ${index}`,
    text,
    html,
    headers: { "Auto-Submitted": "auto-generated" },
  })));
transport.close();
