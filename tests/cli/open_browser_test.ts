import assert from "node:assert/strict";
import { browserEnvironment } from "../../src/cli/open_browser.ts";
import { makePipe, openPipe } from "../fakes/system/named_pipe.ts";
import { programCommand, programEnvironment } from "../process/program.ts";
import { runToEnd } from "../process/run_to_end.ts";
import { thoroughTest } from "../thorough.ts";
import { makeWorkspace, type Workspace } from "./workspace.ts";

/** Runs `preview --open` where the only programs are those of a folder. */
async function openPreview(
  workspace: Workspace,
  programs: string,
  env: Record<string, string> = {},
) {
  const [program, ...args] = await programCommand();
  return await runToEnd(
    [program, ...args, "preview", "--open", "--language", "en", "-o", "out", "-c", "mxisd.yaml"],
    { cwd: workspace.folder, env: { ...programEnvironment(), ...env, PATH: programs } },
  );
}

thoroughTest("preview --open opens the page in the browser", async () => {
  await using workspace = await makeWorkspace();
  await makePipe(workspace.path("opened"));
  const script = `#!/bin/sh\necho "$#: $1" >'${workspace.path("opened")}'\n`;
  await Deno.writeTextFile(workspace.path("xdg-open"), script, { mode: 0o755 });
  const opening = openPipe(workspace.path("opened"));
  const { code, output, errors } = await openPreview(workspace, workspace.folder);
  assert.deepEqual([code, errors], [0, ""]);
  assert.equal(output, `${await Deno.realPath(workspace.path("out"))}/index.html\n`);
  using pipe = await opening;
  assert.equal(await pipe.next(), `1: ${output}`);
});

thoroughTest(
  "preview --open without a program that opens a browser prints the page's path",
  async () => {
    await using workspace = await makeWorkspace();
    const { code, output, errors } = await openPreview(workspace, workspace.path("nothing-here"));
    assert.equal(code, 1);
    assert.match(output, /\/out\/index\.html\n$/);
    assert.match(errors, /^No browser was opened: the program xdg-open does not exist\./m);
    assert.ok(errors.includes(`The files are in ${output.replace(/\/index\.html\n$/, "")}: open`));
  },
);

thoroughTest(
  "preview --open on a machine without a desktop says so, and where the files are",
  async () => {
    await using workspace = await makeWorkspace();
    await Deno.writeTextFile(workspace.path("xdg-open"), "#!/bin/sh\nexit 3\n", { mode: 0o755 });
    const { code, errors } = await openPreview(workspace, workspace.folder);
    assert.equal(code, 1);
    assert.match(errors, /xdg-open ended with 3: there is no graphical desktop here\. The files/);
  },
);

thoroughTest("a browser gets only what it needs of the environment", async () => {
  await using workspace = await makeWorkspace();
  await makePipe(workspace.path("opened"));
  const script = `#!/bin/sh\n/usr/bin/env >'${workspace.path("opened")}'\n`;
  await Deno.writeTextFile(workspace.path("xdg-open"), script, { mode: 0o755 });
  const opening = openPipe(workspace.path("opened"));
  const handedOn = { DISPLAY: ":7", XDG_SESSION_TYPE: "x11" };
  const kept = { MXISD_SECRET: "s3cret", AWS_SECRET: "s3cret" };
  assert.equal((await openPreview(workspace, workspace.folder, { ...handedOn, ...kept })).code, 0);
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
  assert.ok(PATH.endsWith(workspace.folder));
  assert.deepEqual(others, handedOn);
});

Deno.test("on Windows a browser gets what it needs there, whatever the case of its name", () => {
  const own = { SYSTEMROOT: "C:\\Windows", Path: "C:\\x", MXISD_SECRET: "s3cret", xdg_x: "1" };
  assert.deepEqual(browserEnvironment(own), { SYSTEMROOT: "C:\\Windows", Path: "C:\\x" });
});
