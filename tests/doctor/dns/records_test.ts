import assert from "node:assert/strict";
import { checkSenderRecords, type SenderFacts } from "../../../src/doctor/dns/check.ts";
import type { Answer, RecordType, Resolver } from "../../../src/doctor/dns/port.ts";
import { reverseName } from "../../../src/doctor/dns/reverse_name.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { rsaKey } from "../../fakes/mail/dkim_keys.ts";

type Zone = Readonly<Record<string, Readonly<Partial<Record<RecordType, readonly string[]>>>>>;

const KEY = rsaKey(2048);
const OTHER = rsaKey(2048, "other");
const DKIM = "a._domainkey.example.org";
const DMARC = "_dmarc.example.org";

const HEALTHY: Zone = {
  "example.org": { MX: ["10 mail.example.org"], TXT: ["v=spf1 mx include:spf.example.net -all"] },
  "spf.example.net": { TXT: ["v=spf1 ip4:198.51.100.0/24 ip6:2001:db8::/32 ~all"] },
  [DKIM]: { TXT: [`v=DKIM1; k=rsa; p=${KEY.record}`] },
  [DMARC]: { TXT: ["v=DMARC1; p=reject; rua=mailto:d@example.org"] },
  "mail.example.org": { A: ["203.0.113.7"] },
  "7.113.0.203.in-addr.arpa": { PTR: ["mail.example.org"] },
};

const FACTS: SenderFacts = {
  from: "example.org",
  envelope: "example.org",
  signing: { domain: "example.org", selector: "a", key: new Secret(KEY.pem) },
  mailServer: "mail.example.org",
  isResolverChosen: false,
};

/** Answers from a zone; a name whose records are `failing` cannot be told. */
function resolverOf(zone: Zone, failing: readonly string[] = []): Resolver {
  return {
    servers: ["192.0.2.53:53"],
    query(name, type): Promise<Answer> {
      if (failing.includes(name)) return Promise.resolve({ kind: "failed", reason: "SERVFAIL" });
      const values = zone[name]?.[type];
      if (values !== undefined) return Promise.resolve({ kind: "records", values });
      return Promise.resolve({ kind: "none", exists: zone[name] !== undefined });
    },
  };
}

async function faults(
  zone: Zone,
  facts: Partial<SenderFacts> = {},
  failing: readonly string[] = [],
) {
  const never = new AbortController().signal;
  const checks = await checkSenderRecords(
    { ...FACTS, ...facts },
    resolverOf({ ...HEALTHY, ...zone }, failing),
    never,
  );
  for (const { result, remedy } of checks) {
    if (result === "ok") assert.equal(remedy, undefined);
    if (result === "warning" || result === "error") assert.match(remedy ?? "", /[."]$/);
  }
  return checks.filter(({ result }) => result !== "ok")
    .map(({ result, check, seen }) => `${result} ${check}: ${seen}`);
}

Deno.test("records that are as they should be have nothing to correct", async () => {
  assert.deepEqual(await faults({}), []);
});

const spf = (...records: readonly string[]): Zone => ({
  "example.org": { MX: ["10 mail.example.org"], TXT: records },
});
const dkim = (...records: readonly string[]): Zone => ({ [DKIM]: { TXT: records } });
const dmarc = (...records: readonly string[]): Zone => ({ [DMARC]: { TXT: records } });
const many = Array.from({ length: 11 }, (_, index) => `a:h${index}.example.org`).join(" ");

const BROKEN: readonly (readonly [what: string, zone: Zone, fault: RegExp])[] = [
  ["no such domain", { "example.org": {} }, /^error sender's domain: example\.org has neither/],
  [
    "no email accepted",
    { "example.org": { ...HEALTHY["example.org"], MX: ["0 ."] } },
    /^warning sender's domain: example\.org says that it accepts no email/,
  ],
  ["no SPF", spf("google-site-verification=x"), /^warning SPF: example\.org has no SPF record$/],
  ["two SPF records", spf("v=spf1 mx -all", "v=spf1 a -all"), /^error SPF: .*has 2 SPF records/],
  ["SPF for nobody", spf("v=spf1 -all"), /^error SPF: .*permits nobody to send: v=spf1 -all$/],
  ["SPF for nobody, softly", spf("v=spf1 ~all"), /^error SPF: .*permits nobody/],
  ["SPF for everybody", spf("v=spf1 mx +all"), /^warning SPF: .*permits everybody/],
  ["SPF for everybody, unsigned", spf("v=spf1 all"), /^warning SPF: .*permits everybody/],
  [
    "SPF with a wrong term",
    spf("v=spf1 ipv4:192.0.2.1 -all"),
    /^error SPF: "ipv4:192\.0\.2\.1" in/,
  ],
  [
    "SPF with a missing include",
    spf("v=spf1 include:gone.example -all"),
    /^error SPF: .*refers to gone\.example/,
  ],
  [
    "SPF with too many lookups",
    spf(`v=spf1 ${many} -all`),
    /^error SPF: .*more than 10 DNS lookups/,
  ],
  ["no DKIM key", dkim(), /^error DKIM: there is no key at a\._domainkey\.example\.org$/],
  ["another DKIM key", dkim(`v=DKIM1; p=${OTHER.record}`), /^error DKIM: .*another key/],
  ["a revoked DKIM key", dkim("v=DKIM1; p="), /^error DKIM: .*was revoked/],
  [
    "DKIM of another kind",
    dkim(`v=DKIM1; k=ed25519; p=${KEY.record}`),
    /^error DKIM: .*not an RSA/,
  ],
  ["DKIM for tests", dkim(`v=DKIM1; t=s:y; p=${KEY.record}`), /^warning DKIM: .*only being tested/],
  [
    "DKIM without SHA-256",
    dkim(`h=sha1; p=${KEY.record}`),
    /^error DKIM: .*does not allow SHA-256/,
  ],
  ["DKIM for other services", dkim(`s=tlsrpt; p=${KEY.record}`), /^error DKIM: .*is not for email/],
  ["two DKIM keys", dkim(`p=${KEY.record}`, `p=${OTHER.record}`), /^error DKIM: there are 2 TXT/],
  ["DKIM that is something else", dkim("hello"), /^error DKIM: .*is not a key/],
  ["no DMARC", { [DMARC]: {} }, /^warning DMARC: example\.org has no DMARC record$/],
  ["two DMARC records", dmarc("v=DMARC1; p=none", "v=DMARC1; p=reject"), /^error DMARC: .*several/],
  ["an unknown DMARC policy", dmarc("v=DMARC1; p=refuse"), /^warning DMARC: the policy "refuse"/],
  [
    "no reverse name",
    { "7.113.0.203.in-addr.arpa": {} },
    /^warning reverse name: 203\.0\.113\.7, .*has no/,
  ],
  ["a reverse name that leads elsewhere", {
    "7.113.0.203.in-addr.arpa": { PTR: ["x.example.net"] },
  }, /^warning reverse name: .*x\.example\.net, which has another address$/],
];

for (const [what, zone, fault] of BROKEN) {
  Deno.test(`one fault of the sender's records is named, and nothing else: ${what}`, async () => {
    const found = await faults(zone);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", fault);
  });
}

const FINE: readonly (readonly [what: string, zone: Zone])[] = [
  ["SPF that is elsewhere", spf("v=spf1 redirect=spf.example.net")],
  ["SPF in upper case", spf("V=SPF1 MX -ALL")],
  ["SPF with a macro", spf("v=spf1 include:%{d}.spf.example.net exists:%{i}.x.example -all")],
  ["SPF with an explanation", spf("v=spf1 a/24 mx:example.org/24//64 exp=why.example.org -all")],
  ["DKIM with white space", dkim(`v = DKIM1 ; k=rsa; p=${KEY.record.replace(/(.{60})/g, "$1 ")};`)],
  ["DKIM with notes", dkim(`v=DKIM1; n=ours; s=email; t=s; p=${KEY.record}`)],
  ["DMARC in strict mode", dmarc("v=DMARC1; p=reject; adkim=s; aspf=s")],
  ["an address instead of an MX record", {
    "example.org": { A: ["203.0.113.7"], TXT: ["v=spf1 a -all"] },
  }],
];

for (const [what, zone] of FINE) {
  Deno.test(`is no fault of the sender's records: ${what}`, async () => {
    assert.deepEqual(await faults(zone), []);
  });
}

Deno.test("an email that neither SPF nor DKIM aligns is refused where the policy says so", async () => {
  const elsewhere = {
    envelope: "bounces.example.net",
    signing: { domain: "example.net", selector: "a", key: new Secret(KEY.pem) },
  };
  const zone: Zone = {
    "bounces.example.net": { TXT: ["v=spf1 mx -all"] },
    "a._domainkey.example.net": { TXT: [`p=${KEY.record}`] },
  };
  const [strict, ...more] = await faults(zone, elsewhere);
  assert.deepEqual(more, []);
  assert.match(
    strict ?? "",
    /^error DMARC: .*p=reject, but neither .*: bounces\.example\.net, example\.net$/,
  );
  const lax = await faults({ ...zone, ...dmarc("v=DMARC1; p=none") }, elsewhere);
  assert.match(lax.join(), /^warning DMARC: /);
  // Relaxed alignment takes a domain below the sender's; strict alignment does not.
  const below = { envelope: "bounces.example.org", signing: undefined };
  const bounces: Zone = { "bounces.example.org": { TXT: ["v=spf1 mx -all"] } };
  const skipped = "skipped DKIM: this service does not sign: that is left to what sends the emails";
  assert.deepEqual(await faults(bounces, below), [skipped]);
  const unaligned = await faults({ ...bounces, ...dmarc("v=DMARC1; p=reject; aspf=s") }, below);
  assert.match(unaligned.at(-1) ?? "", /^error DMARC: /);
});

Deno.test("the policy of a domain above counts, with sp for those below", async () => {
  const below = { from: "mail.example.org", envelope: "mail.example.org", signing: undefined };
  const zone: Zone = {
    "mail.example.org": {
      MX: ["10 mail.example.org"],
      A: ["203.0.113.7"],
      TXT: ["v=spf1 mx -all"],
    },
    ...dmarc("v=DMARC1; p=none; sp=nonsense"),
  };
  assert.match(
    (await faults(zone, below)).at(-1) ?? "",
    /the policy "nonsense" in the record at _dmarc\.example/,
  );
});

Deno.test("what cannot be told is skipped, or an error of the resolver that was named", async () => {
  const [skipped] = await faults({}, {}, ["example.org"]);
  assert.equal(skipped, "skipped sender's domain: the DNS does not tell: SERVFAIL");
  const [wrong] = await faults({}, { isResolverChosen: true }, ["example.org"]);
  assert.match(wrong ?? "", /^error sender's domain: /);
  const one = await faults({}, {}, [DMARC]);
  assert.deepEqual(one, ["skipped DMARC: the DNS does not tell: SERVFAIL"]);
});

Deno.test("a mail server at a private address, and one that is a service, are left alone", async () => {
  const zone: Zone = { "mail.example.org": { A: ["10.0.0.5"], AAAA: ["fd00::5"] } };
  assert.match((await faults(zone)).join(), /^skipped reverse name: .*private address/);
  const service = await faults({}, {
    mailServer: undefined,
    envelope: undefined,
    signing: undefined,
  });
  assert.deepEqual(service.map((line) => line.split(":")[0]), [
    ...["skipped SPF", "skipped DKIM", "skipped reverse name"],
  ]);
});

Deno.test("the reverse name of an address", () => {
  assert.equal(reverseName("192.0.2.53"), "53.2.0.192.in-addr.arpa");
  const zeros = Array(23).fill("0").join(".");
  assert.equal(reverseName("2001:db8::1"), `1.${zeros}.8.b.d.0.1.0.0.2.ip6.arpa`);
  assert.equal(reverseName("2001:db8:0:0:0:0:0:1"), reverseName("2001:db8::1"));
});
