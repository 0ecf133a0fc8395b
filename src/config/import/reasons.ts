/**
 * Why settings of mxisd and ma1sd are of no use here.
 *
 * @module
 */

// The first that fits. The names are those of `IGNORED_KEYS`, lists with any index.
const REASONS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/\.msisdn$/, "text messages and telephone numbers: people are notified by email alone"],
  [/^key$/, "the key with which the identity server signed: nothing is signed here"],
  [/^notification\.handlers\.sendgrid$/, "notification.handler.email is not sendgrid"],
  [
    /template[s]?\.(?:invite|session)$/,
    "the identity server's other emails: about invites by address, and to confirm addresses",
  ],
  [/^(?:session|view|register|account)$/, "confirmation of addresses at the identity server"],
  [/^appsvc\.feature\.admin\./, "admin commands in a room, which are not yet available"],
  [/^appsvc\.feature\.cleanExpiredInvite$/, "invites by address, which the identity server kept"],
  [/^appsvc\.feature\.inviteById$/, "the switch of what this service is for"],
  [/^firebase\.database$/, "not needed to look up accounts"],
  [/^invite$/, "invites by address, which the identity server kept"],
  [/^dns$/, "the homeserver that the identity server stood in front of"],
  [/^matrix\.(?:identity|v1|v2)$/, "the identity server's own API"],
  [/^(?:lookup|recursive|forward|bulk|hashing)$/, "lookups of addresses at identity servers"],
  [/^(?:policy|internal)$/, "the identity server's own API"],
  [/^spring$/, "the framework of mxisd 1.2"],
  [/(?:^|\.)auth$|^exec\.token\.password$/, "logins that the identity server checked"],
  [/(?:^|\.)directory$|^exec\.token\.query$/, "searches in the user directory"],
  [/\.(?:identity|lookup|hashLookup|hashEnabled)$/, "lookups of addresses at the identity server"],
  [/^exec\.token\./, "lookups of addresses at the identity server"],
  [/^exec\.(?:priority|env)$/, "without effect in mxisd as well"],
  [/^exec\.profile\./, "output that is not JSON: without effect in mxisd as well"],
  [/\.password$/, "logins that the identity server checked"],
  [/^wordpress\./, "searches and lookups of WordPress's own API"],
  [/^synapseSql\.legacyRoomNames$/, "a table that Synapse no longer has"],
  [/^logging\./, "the log of the Java program: see Logs in docs/operation.md"],
  [/^storage\./, "the pool of connections, which needs no settings here"],
  [/\.attribute\.threepid\./, "identifiers that people logged in with"],
];

const OTHERWISE = "a feature of the identity server";

/** Why the service has no use for a key, in a few words. */
export function reasonFor(key: string): string {
  const name = key.replaceAll(/\[\d+\]/g, "");
  // A key with dots, of 1.2, as the section it belongs to.
  const names = [name, name.split(".").slice(0, 2).join("."), name.split(".")[0] ?? ""];
  for (const one of names) {
    const found = REASONS.find(([pattern]) => pattern.test(one));
    if (found) return found[1];
  }
  return OTHERWISE;
}
