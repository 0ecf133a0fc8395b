import assert from "node:assert/strict";
import { localTime, timeLocale } from "../../src/notify/local_time.ts";

const AFTERNOON = Date.UTC(2026, 0, 1, 14, 5);
const BERLIN = ["Europe/Berlin"];

const WRITTEN: Readonly<Record<string, string>> = {
  en: "Thursday, 1 January 2026 at 15:05 CET",
  "en-US": "Thursday, January 1, 2026 at 3:05 PM GMT+1",
  de: "Donnerstag, 1. Januar 2026 um 15:05 MEZ",
  "de-AT": "Donnerstag, 1. Jänner 2026 um 15:05 MEZ",
  fr: "jeudi 1 janvier 2026 à 15:05 UTC+1",
  es: "jueves, 1 de enero de 2026, 15:05 CET",
  it: "giovedì 1 gennaio 2026 alle ore 15:05 CET",
  nl: "donderdag 1 januari 2026 om 15:05 CET",
  pt: "quinta-feira, 1 de janeiro de 2026 às 15:05 GMT+1",
  pl: "czwartek, 1 stycznia 2026 15:05 CET",
  uk: "четвер, 1 січня 2026 р. о 15:05 GMT+1",
  ar: "الخميس، 1 يناير 2026 في 3:05 م غرينتش+1",
};
for (const [locale, written] of Object.entries(WRITTEN)) {
  Deno.test(`a time in "${locale}" has the format of the locale`, () => {
    assert.equal(localTime(AFTERNOON, locale, BERLIN).replace(/[\u202F\u00A0]/g, " "), written);
  });
}

Deno.test("the calendar and the digits are those of the mail's other numbers", () => {
  for (const locale of ["ar-EG", "fa", "th", "ne", "ja-u-ca-japanese", "ar-u-nu-arab"]) {
    assert.match(localTime(AFTERNOON, locale, BERLIN), /2026/, locale);
  }
});

Deno.test("an unknown time zone is skipped", () => {
  assert.match(localTime(AFTERNOON, "en", ["Middle/Earth", "Asia/Tokyo"]), /23:05 GMT\+9$/);
  assert.match(localTime(AFTERNOON, "en", ["Middle/Earth"]), /14:05 UTC$/);
  assert.match(localTime(AFTERNOON, "en", []), /14:05 UTC$/);
});

Deno.test("more time zones than are cached make no difference", () => {
  const first = localTime(AFTERNOON, "en", ["X/0", ...BERLIN]);
  for (let zone = 1; zone < 600; zone++) {
    assert.equal(localTime(AFTERNOON, "en", [`X/${zone}`, ...BERLIN]), first);
  }
  assert.equal(localTime(AFTERNOON, "en", ["X/0", ...BERLIN]), first);
});

Deno.test("times follow a region of the mail's language, and no other", () => {
  assert.equal(timeLocale("en", ["en-US", "en-AU"]), "en-US");
  assert.equal(timeLocale("en", ["ja-JP", "en-US"]), "en-US");
  assert.equal(timeLocale("en", ["ja-JP", undefined]), "en");
  assert.equal(timeLocale("de", ["de-AT-u-ca-buddhist"]), "de-AT");
  assert.equal(timeLocale("de", ["no language", ""]), "de");
});
