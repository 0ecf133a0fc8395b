import assert from "node:assert/strict";
import { programCommand, programEnvironment } from "../e2e/program.ts";
import { runToEnd } from "../e2e/run_to_end.ts";
import { makePipe, openPipe } from "../fakes/named_pipe.ts";
import { makePlace, type Place } from "./place.ts";

/** Runs `preview --open` where the only programs are those of a folder. */
async function openPreview(place: Place, programs: string) {
  const [program, ...args] = await programCommand();
  return await runToEnd(
    [program, ...args, "preview", "--open", "--language", "en", "-o", "out", "-c", "mxisd.yaml"],
    { cwd: place.folder, env: { ...programEnvironment(), PATH: programs } },
  );
}

Deno.test("preview --open has the page opened in the browser", async () => {
  await using place = await makePlace();
  await makePipe(place.path("opened"));
  const script = `#!/bin/sh\necho "$#: $1" >'${place.path("opened")}'\n`;
  await Deno.writeTextFile(place.path("xdg-open"), script, { mode: 0o755 });
  const opening = openPipe(place.path("opened"));
  const { code, output, errors } = await openPreview(place, place.folder);
  assert.deepEqual([code, errors], [0, ""]);
  assert.equal(output, `${await Deno.realPath(place.path("out"))}/index.html\n`);
  using pipe = await opening;
  assert.equal(await pipe.next(), `1: ${output}`);
});

Deno.test("preview --open without a program that opens a browser says where the page is", async () => {
  await using place = await makePlace();
  const { code, output, errors } = await openPreview(place, place.path("nothing-here"));
  assert.equal(code, 1);
  assert.match(output, /\/out\/index\.html\n$/);
  assert.match(errors, /^No browser was opened: there is no program xdg-open here\./m);
});
