import assert from "node:assert/strict";
import { browserEnvironment } from "../../src/cli/open_browser.ts";
import { makePipe, openPipe } from "../fakes/system/named_pipe.ts";
import { programCommand, programEnvironment } from "../process/program.ts";
import { runToEnd } from "../process/run_to_end.ts";
import { makePlace, type Place } from "./place.ts";

/** Runs `preview --open` where the only programs are those of a folder. */
async function openPreview(place: Place, programs: string, env: Record<string, string> = {}) {
  const [program, ...args] = await programCommand();
  return await runToEnd(
    [program, ...args, "preview", "--open", "--language", "en", "-o", "out", "-c", "mxisd.yaml"],
    { cwd: place.folder, env: { ...programEnvironment(), ...env, PATH: programs } },
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
  assert.match(errors, /^No browser was opened: the program xdg-open does not exist\./m);
});

Deno.test("a browser gets nothing of the environment but what it is found and shown by", async () => {
  await using place = await makePlace();
  await makePipe(place.path("opened"));
  const script = `#!/bin/sh\n/usr/bin/env >'${place.path("opened")}'\n`;
  await Deno.writeTextFile(place.path("xdg-open"), script, { mode: 0o755 });
  const opening = openPipe(place.path("opened"));
  const handedOn = { DISPLAY: ":7", XDG_SESSION_TYPE: "x11" };
  const kept = { MXISD_SECRET: "s3cret", AWS_SECRET: "s3cret" };
  assert.equal((await openPreview(place, place.folder, { ...handedOn, ...kept })).code, 0);
  using pipe = await opening;
  const environment = new Map(
    (await pipe.next() ?? "").trim().split("\n").map((line) =>
      line.split("=", 2) as [string, string]
    ),
  );
  // The shell's own, and where the tests' own user lives.
  for (const name of ["PWD", "OLDPWD", "SHLVL", "_", "HOME"]) environment.delete(name);
  // Deno puts a folder of its own in front.
  const { PATH = "", ...others } = Object.fromEntries(environment);
  assert.ok(PATH.endsWith(place.folder));
  assert.deepEqual(others, handedOn);
});

Deno.test("on Windows a browser gets what it needs there, whatever the case of its name", () => {
  const own = { SYSTEMROOT: "C:\\Windows", Path: "C:\\x", MXISD_SECRET: "s3cret", xdg_x: "1" };
  assert.deepEqual(browserEnvironment(own), { SYSTEMROOT: "C:\\Windows", Path: "C:\\x" });
});
