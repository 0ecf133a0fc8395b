/**
 * Loaded ahead of the program, as part of it: on SIGUSR2 it tries what the program must not be able
 * to do, and writes a line for each.
 *
 * @module
 */

const attempts: readonly (readonly [string, () => unknown])[] = [
  ["run a program", () => new Deno.Command("/bin/true").outputSync()],
  ["load a library", () => Deno.dlopen("libc.so.6", {})],
  ["read the environment", () => {
    // What is ignored reads as if it were not set.
    if (Deno.env.get("HOME") === undefined) throw new Deno.errors.NotCapable();
  }],
  ["ask about the system", () => Deno.osRelease()],
  ["read a file", () => Deno.readTextFileSync("/etc/passwd")],
  ["write a file", () => Deno.writeTextFileSync("/tmp/appservice-mxisd-probe", "")],
];

Deno.addSignalListener("SIGUSR2", () => {
  for (const [what, attempt] of attempts) {
    let outcome = "allowed";
    try {
      attempt();
    } catch (error) {
      outcome = error instanceof Deno.errors.NotCapable ? "denied" : `failed: ${error}`;
    }
    Deno.stdout.writeSync(new TextEncoder().encode(`probe: ${what}: ${outcome}\n`));
  }
});
