/** Messages that report undelivered emails, as programs write them. */

/** The parts of a delivery report. */
export interface ReportOptions {
  readonly to?: string;
  /** Further fields of the message. */
  readonly fields?: readonly string[];
  readonly action?: string;
  readonly status?: string;
  readonly diagnostic?: string;
}

/** A report as Postfix writes it. */
export function deliveryReport(options: ReportOptions = {}): string {
  const { to = "bounce+x@bounces.example.org", fields = [] } = options;
  const { action = "failed", status = "5.1.1" } = options;
  const { diagnostic = "smtp; 550 5.1.1 <bob@mail.example>: User unknown" } = options;
  return [
    "Return-Path: <>",
    `X-Original-To: ${to}`,
    ...fields,
    "From: MAILER-DAEMON@mail.example (Mail Delivery System)",
    "Subject: Undelivered Mail Returned to Sender",
    `To: ${to}`,
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    "Content-Type: multipart/report; report-type=delivery-status;",
    '\tboundary="ABC.1/mail.example"',
    "",
    "This is a MIME-encapsulated message.",
    "",
    "--ABC.1/mail.example",
    "Content-Description: Notification",
    "Content-Type: text/plain; charset=us-ascii",
    "",
    "I'm sorry to have to inform you that your message could not be delivered.",
    "",
    "--ABC.1/mail.example",
    "Content-Description: Delivery report",
    "Content-Type: message/delivery-status",
    "",
    "Reporting-MTA: dns; mail.example",
    "X-Postfix-Queue-ID: 4Z1abc",
    "Arrival-Date: Sat, 28 Nov 2026 02:00:00 +0000 (UTC)",
    "",
    "Final-Recipient: rfc822; bob@mail.example",
    "Original-Recipient: rfc822;bob@mail.example",
    `Action: ${action}`,
    ...status === "" ? [] : [`Status: ${status}`],
    "Remote-MTA: dns; mx.mail.example",
    `Diagnostic-Code: ${diagnostic}`,
    "",
    "--ABC.1/mail.example",
    "Content-Description: Undelivered Message Headers",
    "Content-Type: text/rfc822-headers",
    "",
    "Subject: Invited",
    "Status: 5.1.1",
    "",
    "--ABC.1/mail.example--",
    "",
  ].join("\n");
}

/** The text as bytes. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
