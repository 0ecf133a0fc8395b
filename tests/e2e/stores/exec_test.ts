import assert from "node:assert/strict";
import { execSection } from "../../../src/identity/exec/section.ts";
import { openExecStore } from "../../../src/identity/exec/store.ts";
import { StoreError } from "../../../src/identity/port.ts";
import { type Clock, systemClock } from "../../../src/system/clock.ts";
import { runProgram } from "../../../src/system/run_program.ts";
import { testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { makePipe, openPipe } from "../../fakes/system/named_pipe.ts";
import { tempFolder } from "../temp_folder.ts";

const SCRIPT = new URL("exec_people.py", import.meta.url).pathname;
const BOB = userOf("bob");

testIdentityStore({
  name: "exec (a Python program)",
  severalEntries: false, // the program makes one answer of what it has
  faults: ["down", "stall"],
  async open(people, clock) {
    await using started = new AsyncDisposableStack();
    const folder = started.use(await tempFolder());
    const known = people.map(({ localpart, addresses, displayName }) => {
      const threepids = addresses.map((address) => ({ medium: "email", address }));
      return [localpart, { display_name: displayName, threepids }];
    });
    await Deno.writeTextFile(
      `${folder.path}/people.json`,
      // A key such as __proto__ is one like others in there.
      `{${known.map(([name, person]) => `${JSON.stringify(name)}:${JSON.stringify(person)}`)}}`,
    );
    const command = `${folder.path}/person`;
    await Deno.copyFile(SCRIPT, command);
    const program = { command, args: [folder.path], input: { type: "json" } };
    const section = execSection.parse({
      enabled: true,
      profile: { displayName: program, threePid: program },
    });
    const store = started.use(openExecStore(section, { clock, run: runProgram }));
    const owned = started.move();
    return {
      store,
      down: () => Deno.rename(command, `${command}.away`),
      up: () => Deno.rename(`${command}.away`, command),
      stall: () => ({ reached: stall(`${folder.path}/stall`) }),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
});

/** Makes the named pipe, and resolves when the program has written into it. */
async function stall(path: string): Promise<void> {
  await makePipe(path);
  using reader = await openPipe(path);
  await reader.next();
}

/** A folder with a shell script, and the store that runs it. */
async function scripted(text: string, clock: Clock = systemClock) {
  const folder = await tempFolder();
  const command = `${folder.path}/person`;
  await Deno.writeTextFile(command, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const section = execSection.parse({
    enabled: true,
    profile: { role: { command, args: ["--", "{localpart}"], env: { WHO: "{mxid}" } } },
  });
  const store = openExecStore(section, { clock, run: runProgram });
  return {
    folder: folder.path,
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("exec: a program gets a hostile localpart unchanged, and no shell interprets it", async () => {
  const answer = `printf '{"profile":{"roles":["%s","%s"]}}' "$2" "$WHO"`;
  await using made = await scripted(answer);
  for (const localpart of ["$(touch`x)", "';touch$IFS'x;", "*)(uid=*", "a|b&c>d", "-rf", "~root"]) {
    const profile = await made.store.findProfile(userOf(localpart));
    assert.deepEqual(profile?.roles, [localpart, userOf(localpart)]);
  }
  const files = await Array.fromAsync(Deno.readDir(made.folder), ({ name }) => name);
  assert.deepEqual(files, ["person"]);
});

Deno.test("exec: at the deadline the program and its children are killed", async () => {
  const clock = new ManualClock();
  const text = 'exec 3>"${0%/*}/pipe"; sleep 600 & echo started >&3; wait';
  await using made = await scripted(text, clock);
  await makePipe(`${made.folder}/pipe`);
  const lookup = made.store.findProfile(BOB);
  using reader = await openPipe(`${made.folder}/pipe`);
  assert.equal(await reader.next(), "started\n");
  clock.advance(10_000);
  await assert.rejects(lookup, (error: unknown) => {
    assert.ok(error instanceof StoreError);
    assert.deepEqual([error.kind, error.message], ["temporary", "exec: no answer within 10s"]);
    return true;
  });
  assert.equal(await reader.next(), undefined, "nobody has the pipe any more");
});
