/**
 * How directories are configured: the sections `ldap` and `netiq`.
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
import { isAttributeName, parseLdapFilter } from "./filter.ts";
import { parseLdapHost } from "./host.ts";

function attributeName() {
  return parsed(
    (name) => isAttributeName(name) ? name : undefined,
    "the name of an attribute such as mail",
  );
}

function filter() {
  return text().superRefine((value, context) => {
    try {
      if (value.trim() !== "") parseLdapFilter(value);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: "custom", message: `is no filter: ${reason}` });
    }
  }).optional();
}

function hosts() {
  const host = parsed(
    (name) => parseLdapHost(name) ? name : undefined,
    "a host such as ldap.example.org or ldap.example.org:1389, and no URL",
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

const connection = z.strictObject({
  host: hosts().default([]).meta({ type: ["string", "array"], examples: ["ldap.example.org"] })
    .describe("The directory's host name, or several as a list: the first that answers is asked."),
  port: integer(1, 65_535).default(389).describe(
    "The directory's TCP port, which is 636 as a rule with tls: true.",
  ),
  tls: tls().default(false).meta({ type: ["boolean", "string"] }).describe(
    "true: TLS from the start (LDAPS). starttls: TLS on the usual port. false: in the clear.",
  ),
  bindDn: text().default("").describe(
    "Whom to log in as; without this line and the password it is an anonymous bind.",
  ),
  bindPassword: secret().optional().describe("The password of bindDn."),
  baseDn: text().optional().describe("One more of baseDNs, as older versions of mxisd had it."),
  baseDNs: z.array(filledText()).default([]).describe(
    "Below which entries people are looked for, such as OU=Users,DC=example,DC=org.",
  ),
  timeout: lookupTimeout()
    .describe("How long the directory may take to answer, such as 10s."),
});

const attribute = z.strictObject({
  uid: z.strictObject({
    type: choice(["uid", "mxid"]).default("uid").describe(
      "What the attribute holds: uid, the localpart, or mxid, the full Matrix ID.",
    ),
    value: attributeName().default("sAMAccountName").describe("The attribute's name."),
  }).prefault({}).describe("The attribute by which people are found."),
  name: attributeName().default("displayName").describe("The attribute with the person's name."),
  language: attributeName().default("preferredLanguage").describe(
    "The attribute with the language of the person's mails.",
  ),
  threepid: z.strictObject({
    email: z.array(attributeName()).default(["mailPrimaryAddress", "mail", "otherMailbox"])
      .describe("The attributes with the person's mail addresses, in this order."),
  }).prefault({}).describe("The attributes with the person's addresses."),
});

function directory(enabled: boolean) {
  return z.strictObject({
    enabled: flag().default(enabled).describe("Whether to look people up in this directory."),
    filter: filter().describe("Only entries that match this filter as well are people."),
    connection: connection.prefault({}).describe("Where the directory is, and how to log in."),
    attribute: attribute.prefault({}).describe("Which attributes mean what."),
    profile: z.strictObject({
      enabled: flag().default(true).describe("Whether to look people up, while it is enabled."),
      filter: filter().describe("The filter for looking people up, in the place of the other."),
    }).prefault({}).describe("What is particular to looking people up."),
  });
}

/** One directory, with its defaults filled in. */
export type LdapDirectory = z.output<ReturnType<typeof directory>>;

function checkDirectory(section: LdapDirectory, context: z.RefinementCtx): void {
  if (!section.enabled) return;
  const { host, bindDn, bindPassword } = section.connection;
  const complain = (key: string, message: string) =>
    context.addIssue({ code: "custom", path: ["connection", key], message });
  if (host.length === 0) complain("host", "is missing: write where the directory is");
  if (baseDnsOf(section).length === 0) {
    complain("baseDNs", "is missing: write below which entries the people are");
  }
  const password = bindPassword?.reveal() ?? "";
  if (bindDn.trim() !== "" && password === "") {
    // RFC 4513, section 5.1.2: to the directory that would be an anonymous login, and no error.
    complain("bindPassword", "is missing: without it bindDn is not logged in, but anonymous");
  }
  if (bindDn.trim() === "" && password !== "") {
    complain("bindDn", "is missing: the password is there already");
  }
}

/** The entries below which people are looked for, each once. */
export function baseDnsOf({ connection }: LdapDirectory): readonly string[] {
  const { baseDn = "", baseDNs } = connection;
  return [...new Set([...baseDNs, ...(baseDn.trim() === "" ? [] : [baseDn])])];
}

/** The configuration's sections `ldap` and `netiq`: one directory, or a list of them. */
export const ldapSection = directory(false).extend({
  directories: z.array(directory(true).superRefine(checkDirectory)).default([]).describe(
    "Several directories, each with the keys of one. They may stand right in the section, too, " +
      "as a list.",
  ),
}).superRefine((section, context) => {
  if (section.directories.length === 0) checkDirectory(section, context);
});

/** The section `ldap` or `netiq` with its defaults filled in. */
export type LdapSection = z.output<typeof ldapSection>;

/** The directories of a section that are asked, with their places in its list. */
export function directoriesOf(
  section: LdapSection,
): readonly { readonly directory: LdapDirectory; readonly index?: number }[] {
  if (section.directories.length === 0) return [{ directory: section }];
  return section.directories.map((directory, index) => ({ directory, index }))
    .filter(({ directory }) => directory.enabled && directory.profile.enabled);
}
