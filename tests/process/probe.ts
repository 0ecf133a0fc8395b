/**
 * Tries what the program has no permission for: it is preloaded into the program, and on SIGUSR2
 * writes a line for each attempt.
 *
 * @module
 */

const attempts: readonly (readonly [string, () => unknown])[] = [
  ["run a program", () => new Deno.Command("/bin/true").outputSync()],
  ["load a library", () => Deno.dlopen("libc.so.6", {})],
  ["read the environment", () => {
    // An ignored variable is undefined.
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
