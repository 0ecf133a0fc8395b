import assert from "node:assert/strict";
import { openResolver } from "../../../src/doctor/dns/resolver.ts";
import type { Answer, RecordType } from "../../../src/doctor/dns/port.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { systemRandom } from "../../../src/system/random.ts";
import { type DnsFault, DnsServer } from "../../fakes/doctor/dns/dns_server.ts";
import { rowTest } from "../../thorough.ts";

const LONG = `v=DKIM1; k=rsa; p=${"A".repeat(700)}`;
const dependencies = { clock: systemClock, randomBytes: systemRandom };

function ask(server: DnsServer, name: string, type: RecordType): Promise<Answer> {
  return openResolver([{ host: "127.0.0.1", port: server.port }], dependencies).query(name, type);
}

const RECORDS: readonly (readonly [name: string, type: RecordType, values: readonly string[]])[] = [
  ["example.org", "TXT", ["v=spf1 mx -all", "other"]],
  ["EXAMPLE.org", "MX", ["10 mail.example.org", "0 ."]],
  ["mail.example.org", "A", ["192.0.2.1"]],
  ["mail.example.org", "AAAA", ["2001:db8::1"]],
  ["1.2.0.192.in-addr.arpa", "PTR", ["mail.example.org"]],
  ["alias.example.org", "TXT", ["v=spf1 mx -all", "other"]],
];

Deno.test("records of every type are read, also through an alias", async () => {
  await using server = new DnsServer({
    "example.org": {
      TXT: ["v=spf1 mx -all", "other"],
      MX: ["10 mail.example.org", "0 ."],
    },
    "mail.example.org": { A: ["192.0.2.1"], AAAA: ["2001:db8:0:0:0:0:0:1"] },
    "1.2.0.192.in-addr.arpa": { PTR: ["mail.example.org"] },
    "alias.example.org": { CNAME: ["example.org"] },
  });
  await server.ready;
  for (const [name, type, values] of RECORDS) {
    assert.deepEqual(await ask(server, name, type), { kind: "records", values });
  }
  assert.deepEqual(await ask(server, "example.org", "A"), { kind: "none", exists: true });
  assert.deepEqual(await ask(server, "example.net", "A"), { kind: "none", exists: false });
});

Deno.test("an answer that is too long for UDP is asked for by TCP", async () => {
  await using server = new DnsServer({ "a._domainkey.example.org": { TXT: [LONG] } });
  await server.ready;
  const answer = await ask(server, "a._domainkey.example.org", "TXT");
  assert.deepEqual(answer, { kind: "records", values: [LONG] });
  assert.deepEqual(server.questions, [
    "udp TXT a._domainkey.example.org",
    "tcp TXT a._domainkey.example.org",
  ]);
});

const FAULTS: readonly (readonly [DnsFault, RegExp])[] = [
  ["servfail", /^127\.0\.0\.1:\d+: SERVFAIL$/],
  ["refused", /^127\.0\.0\.1:\d+: REFUSED$/],
  ["forged", /: the answer is malformed: it is not the answer to the question$/],
  ["cut off", /: the answer is malformed: it ends too early$/],
  ["loop", /: the answer is malformed: it has a name without an end$/],
  ["silent", /^127\.0\.0\.1:\d+: /],
];

for (const [fault, reason] of FAULTS) {
  rowTest(fault === "servfail")(
    `a DNS server that fails is never taken for a missing record: ${fault}`,
    async () => {
      await using server = new DnsServer({ "example.org": { TXT: ["v=spf1 -all"] } });
      await server.ready;
      server.fault = fault;
      const answer = await ask(server, "example.org", "TXT");
      assert.equal(answer.kind, "failed");
      assert.match(answer.kind === "failed" ? answer.reason : "", reason);
    },
  );
}

Deno.test("the next server is asked when the first cannot tell", async () => {
  await using broken = new DnsServer({});
  await using server = new DnsServer({ "example.org": { A: ["192.0.2.1"] } });
  await broken.ready;
  await server.ready;
  broken.fault = "servfail";
  const servers = [broken, server].map(({ port }) => ({ host: "127.0.0.1", port }));
  const resolver = openResolver(servers, dependencies);
  const answer = await resolver.query("example.org", "A");
  assert.deepEqual(answer, { kind: "records", values: ["192.0.2.1"] });
  assert.deepEqual(resolver.servers, servers.map(({ port }) => `127.0.0.1:${port}`));
});

Deno.test("what is no name has no records, and is not asked for", async () => {
  await using server = new DnsServer({});
  await server.ready;
  for (const name of ["", "a..b", `${"a".repeat(64)}.example`, "a b.example", "ä.example"]) {
    assert.deepEqual(await ask(server, name, "A"), { kind: "none", exists: false });
  }
  assert.deepEqual(server.questions, []);
});

Deno.test("without a server nothing can be told", async () => {
  const answer = await openResolver([], dependencies).query("example.org", "A");
  assert.deepEqual(answer, { kind: "failed", reason: "this machine has no DNS server" });
});
