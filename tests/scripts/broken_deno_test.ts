import assert from "node:assert/strict";
import { whyBroken } from "../../scripts/broken_deno.ts";

for (const version of ["2.8.3", "2.8.10", "2.9.0", "2.9.5", "2.9.5+0a1b2c3", "2.9.0-rc.1"]) {
  Deno.test(`compile refuses Deno ${version}, and names one that works`, () => {
    assert.match(whyBroken(version) ?? "", new RegExp(`^Deno ${RegExp.escape(version)} must not`));
    assert.match(whyBroken(version) ?? "", /deno@2\.9\.6 task compile$/);
  });
}

for (const version of ["2.6.10", "2.8.2", "2.9.6", "2.9.10", "2.10.0", "3.0.0"]) {
  Deno.test(`compile takes Deno ${version}`, () => assert.equal(whyBroken(version), undefined));
}
