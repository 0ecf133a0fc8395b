import assert from "node:assert/strict";
import { checkParts } from "../../src/app/check_parts.ts";
import { type IdentityStore, StoreError, type StoreErrorKind } from "../../src/identity/port.ts";
import type { Failure, MailTransport } from "../../src/mail/port.ts";
import { scriptedStore } from "../fakes/identity/scripted_store.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

function store(name: string, kind?: StoreErrorKind): IdentityStore {
  const check = () =>
    kind ? Promise.reject(new StoreError(name, kind, "it is broken")) : Promise.resolve();
  return { ...scriptedStore(name, () => Promise.resolve(undefined)), check };
}

function transport(name: string, check: MailTransport["check"]): MailTransport {
  return {
    name,
    concurrency: 1,
    longestSend: 0,
    send: () => Promise.reject(new Error("nothing is sent")),
    check,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const REFUSED: Failure = { stage: "auth", reason: "the login failed", replyCode: 535 };

async function check(stores: readonly IdentityStore[], mail: MailTransport, aborted = false) {
  await using logs = await collectLogs();
  const parts = { stores, transport: mail, clock: new FakeClock(), deadline: 1_000 };
  await checkParts(parts, aborted ? AbortSignal.abort() : new AbortController().signal);
  return { errors: logs.at("error"), warnings: logs.at("warning") };
}

Deno.test("stores and a transport that cannot be used are logged, each with its reason", async () => {
  const stores = [store("memory"), store("ldap", "misconfigured"), store("rest", "temporary")];
  const { errors, warnings } = await check(
    stores,
    transport("smtp", () => Promise.resolve(REFUSED)),
  );
  const event = "identity store not ready";
  const ofStore = errors.find(([name]) => name === event)?.[1];
  assert.equal(ofStore?.store, "ldap");
  assert.match(String(ofStore?.reason), /it is broken/);
  assert.deepEqual(errors.filter(([name]) => name !== event), [
    ["mail transport not ready", { transport: "smtp", ...REFUSED }],
  ]);
  assert.deepEqual(warnings.map(([name, { store }]) => [name, store]), [[event, "rest"]]);
});

Deno.test("what works, and what a stopped service did not finish to check, is not logged", async () => {
  const works = transport("smtp", () => Promise.resolve(undefined));
  assert.deepEqual(await check([store("memory")], works), { errors: [], warnings: [] });
  const refuses = transport("smtp", () => Promise.resolve(REFUSED));
  const stopped = await check([store("ldap", "misconfigured")], refuses, true);
  assert.deepEqual(stopped, { errors: [], warnings: [] });
});

Deno.test("programs are not looked for, as the running service may not read files", async () => {
  const none = transport("sendmail", () => Promise.reject(new Error("it was checked")));
  assert.deepEqual(await check([store("exec", "misconfigured")], none), {
    errors: [],
    warnings: [],
  });
});

Deno.test("the homeserver is asked once about nobody, so that a wrong token is told at the start", async () => {
  const asked: unknown[] = [];
  const knowledge = {
    ask(user: string, { activity }: { readonly activity?: boolean | undefined } = {}) {
      asked.push([user, activity]);
      return Promise.resolve(undefined);
    },
  };
  const mail = transport("smtp", () => Promise.resolve(undefined));
  const parts = { stores: [], transport: mail, clock: new FakeClock(), deadline: 1_000 };
  await checkParts({ ...parts, knowledge, activity: true }, new AbortController().signal);
  assert.deepEqual(asked, [["@nobody:invalid", true]]);
});
