/**
 * Checks the connection to the mail server.
 *
 * @module
 */

import { isLoopback } from "../../domain/loopback.ts";
import type { Settings } from "../sections/settings.ts";
import type { Report } from "../source/report.ts";

type Smtp = Settings["threepid"]["medium"]["email"]["connectors"]["smtp"];

const PATH = ["threepid", "medium", "email", "connectors", "smtp"];

/** Checks the section of the SMTP transport, if it is in use. */
export function checkSmtp(smtp: Smtp, report: Report): void {
  if (smtp.host === "") {
    const message = 'is missing: write the mail server, for example "host: smtp.example.org"';
    report.add("error", [...PATH, "host"], message);
  }
  checkLogin(smtp, report);
  checkTls(smtp, report);
}

function checkLogin({ login, password, oauth2 }: Smtp, report: Report): void {
  const hasPassword = password !== undefined && password.reveal() !== "";
  if (oauth2 !== undefined) {
    if (hasPassword) {
      const message = "is set as well as oauth2: remove one of the two";
      report.add("error", [...PATH, "password"], message);
    }
    if (login === "") {
      const message = 'is missing: oauth2 needs the user, for example "login: matrix@example.org"';
      report.add("error", [...PATH, "login"], message);
    }
  } else if (login !== "" && !hasPassword) {
    const message = "is set without a password: write password or oauth2, or remove the line";
    report.add("warning", [...PATH, "login"], message);
  } else if (login === "" && hasPassword) {
    const message = "is set without a login: write login, or remove the line";
    report.add("warning", [...PATH, "password"], message);
  }
}

function checkTls({ host, port, tls, password, oauth2 }: Smtp, report: Report): void {
  const path = [...PATH, "tls"];
  if (tls === 0 && !isLoopback(host)) {
    const advice = "unencrypted: write 2 (STARTTLS) or 3 (TLS)";
    if (oauth2) report.add("error", path, `the access token would be sent ${advice}`);
    else if (password) report.add("warning", path, `the password is sent ${advice}`);
  }
  if (port === 465 && tls !== 3) {
    report.add("warning", path, "port 465 uses TLS from the start: write 3");
  }
  if ((port === 25 || port === 587) && tls === 3) {
    const message = `port ${port} does not use TLS from the start: write 2, or port: 465`;
    report.add("warning", path, message);
  }
}
