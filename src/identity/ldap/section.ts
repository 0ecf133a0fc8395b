/**
 * The configuration sections `ldap` and `netiq`.
 *
 * @module
 */

import { z } from "zod";
import {
  choice,
  filledText,
  flag,
  integer,
  lookupTimeout,
  parsed,
  secret,
  text,
} from "../../settings/kinds.ts";
import { describePlaceholder, plainValue } from "../../settings/plain_value.ts";
import { foreignPlaceholder } from "../../text/foreign_placeholder.ts";
import { accountNameTemplate, NAME_PLACEHOLDERS } from "../account_name.ts";
import { isAttributeName, parseLdapFilter } from "./filter.ts";
import { parseLdapHost } from "./host.ts";

function attributeName() {
  return parsed(
    (name) => isAttributeName(name) ? name : undefined,
    "the name of an attribute such as mail",
  );
}

const FILTER_ADVICE =
  "remove the condition with it, and name its attribute in attribute.uid.value; " +
  "the service adds a condition for the person's name itself";

function filter() {
  return text().superRefine((value, context) => {
    const placeholder = foreignPlaceholder(value);
    if (placeholder !== undefined) {
      const message = describePlaceholder(placeholder, FILTER_ADVICE);
      context.addIssue({ code: "custom", message });
      return;
    }
    try {
      if (value.trim() !== "") parseLdapFilter(value);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: "custom", message: `is not a valid filter: ${reason}` });
    }
  }).optional();
}

function hosts() {
  const host = parsed(
    (name) => parseLdapHost(name) ? name : undefined,
    "a host such as ldap.example.org or ldap.example.org:1389, not a URL",
  );
  return z.preprocess(
    (input) => input === undefined || Array.isArray(input) ? input : [input],
    z.array(host),
  );
}

function tls() {
  return parsed((word): boolean | "starttls" | undefined => {
    const folded = word.toLowerCase();
    if (folded === "starttls") return folded;
    if (["true", "yes", "on"].includes(folded)) return true;
    return ["false", "no", "off"].includes(folded) ? false : undefined;
  }, "true, false or starttls");
}

const NO_USER = "write the whole DN, which is the same for all people";

const connection = z.strictObject({
  host: hosts().default([]).meta({ type: ["string", "array"], examples: ["ldap.example.org"] })
    .describe("The directory's host name, or several as a list: the first that answers is used."),
  port: integer(1, 65_535).default(389).describe(
    "The directory's TCP port; usually 636 with tls: true.",
  ),
  tls: tls().default(false).meta({ type: ["boolean", "string"] }).describe(
    "true: TLS from the start (LDAPS). starttls: TLS on the usual port. false: unencrypted.",
  ),
  bindDn: plainValue(text(), NO_USER).default("").describe(
    "The user to log in as. Without this key and bindPassword the login is anonymous.",
  ),
  bindPassword: secret().optional().describe("The password of bindDn."),
  baseDn: plainValue(text(), NO_USER).optional().describe(
    "One more of baseDNs, as in older versions of mxisd.",
  ),
  baseDNs: z.array(plainValue(filledText(), NO_USER)).default([]).describe(
    "The entries to search below, such as OU=Users,DC=example,DC=org.",
  ),
  timeout: lookupTimeout()
    .describe("How long a lookup in the directory may take, such as 10s."),
});

const attribute = z.strictObject({
  uid: z.strictObject({
    type: choice(["uid", "mxid"]).default("uid").describe(
      "What the attribute holds: uid, the localpart, or mxid, the full Matrix ID.",
    ),
    value: attributeName().default("sAMAccountName").describe("The attribute's name."),
  }).prefault({}).describe("The attribute that identifies people."),
  name: attributeName().default("displayName").describe("The attribute with the person's name."),
  language: attributeName().default("preferredLanguage").describe(
    "The attribute with the person's language.",
  ),
  threepid: z.strictObject({
    email: z.array(attributeName()).default(["mailPrimaryAddress", "mail", "otherMailbox"])
      .describe("The attributes with the person's email addresses, in this order."),
  }).prefault({}).describe("The attributes with the person's addresses."),
});

function directory(enabled: boolean) {
  return z.strictObject({
    enabled: flag().default(enabled).describe("Whether to look people up in this directory."),
    filter: filter().describe("A filter that entries have to match too."),
    username: accountNameTemplate().optional().meta({
      examples: ['"{localpart}@ad.example.org"'],
    }).describe(
      `What attribute.uid.value holds, built from ${NAME_PLACEHOLDERS}, if uid.type does not say it.`,
    ),
    activeDirectory: flag().default(false).describe(
      "ma1sd's switch for names such as bob@ad.example.org: like username with defaultDomain; a " +
        "localpart such as bob/other.example.org stands for another domain.",
    ),
    defaultDomain: plainValue(text()).optional().meta({ examples: ["ad.example.org"] }).describe(
      "The domain in names, with activeDirectory.",
    ),
    connection: connection.prefault({}).describe("The directory's address and login."),
    attribute: attribute.prefault({}).describe("The attributes to read."),
    profile: z.strictObject({
      enabled: flag().default(true).describe(
        "Whether to look people up, if the directory is enabled.",
      ),
      filter: filter().describe("A filter to use in place of the directory's own."),
    }).prefault({}).describe("Settings for looking people up."),
  });
}

/** One directory, with its defaults filled in. */
export type LdapDirectory = z.output<ReturnType<typeof directory>>;

function checkDirectory(section: LdapDirectory, context: z.RefinementCtx): void {
  if (!section.enabled) return;
  const { host, bindDn, bindPassword } = section.connection;
  if (section.activeDirectory && section.username !== undefined) {
    const message = "activeDirectory sets the name as well: keep one of the two";
    context.addIssue({ code: "custom", path: ["username"], message });
  }
  const report = (key: string, message: string) =>
    context.addIssue({ code: "custom", path: ["connection", key], message });
  if (host.length === 0) report("host", "is missing: set the directory's host name");
  if (baseDnsOf(section).length === 0) {
    report(
      "baseDNs",
      "is missing: set the entries to search below, such as OU=Users,DC=example,DC=org",
    );
  }
  const password = bindPassword?.reveal() ?? "";
  if (bindDn.trim() !== "" && password === "") {
    // RFC 4513, section 5.1.2: the directory would take it for an anonymous login without an error.
    report("bindPassword", "is missing: without it the login is anonymous in spite of bindDn");
  }
  if (bindDn.trim() === "" && password !== "") {
    report("bindDn", "is missing: bindPassword needs it");
  }
}

/** The entries to search below, each once. */
export function baseDnsOf({ connection }: LdapDirectory): readonly string[] {
  const { baseDn = "", baseDNs } = connection;
  return [...new Set([...baseDNs, ...(baseDn.trim() === "" ? [] : [baseDn])])];
}

/** The configuration's sections `ldap` and `netiq`: one directory, or a list of them. */
export const ldapSection = directory(false).extend({
  directories: z.array(directory(true).superRefine(checkDirectory)).default([]).describe(
    "Several directories, each with the keys of one. The section itself may be a list of them too.",
  ),
}).superRefine((section, context) => {
  if (section.directories.length === 0) checkDirectory(section, context);
});

/** The section `ldap` or `netiq` with its defaults filled in. */
export type LdapSection = z.output<typeof ldapSection>;

/** The enabled directories of a section, with their indexes in its list. */
export function directoriesOf(
  section: LdapSection,
): readonly { readonly directory: LdapDirectory; readonly index?: number | undefined }[] {
  if (section.directories.length === 0) return [{ directory: section }];
  return section.directories.map((directory, index) => ({ directory, index }))
    .filter(({ directory }) => directory.enabled && directory.profile.enabled);
}
