import assert from "node:assert/strict";
import { programCommand, programEnvironment } from "../process/program.ts";
import { runToEnd } from "../process/run_to_end.ts";
import { installed } from "./installed.ts";
import { type TempFolder, tempFolder } from "./temp_folder.ts";

/** Scripts that complete the words $2... in a shell that has loaded the file $1, one a line. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `. "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=\${#COMP_LINE}
_appservice-mxisd
printf '%s\\n' "\${COMPREPLY[@]}"
`,
  fish: `source $argv[1]
set line "$argv[2..-1]"
complete -C "$line"
`,
  // Types the words, Tab and Enter into an interactive shell: the program prints its arguments.
  zsh: `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1='ready> '; autoload -Uz compinit; compinit -u -D; . $1; echo loa''ded"
zpty -r shell seen '*loaded*ready> *'
shift
zpty -w shell "$*"$'\\t'
zpty -r shell seen '*arguments:*;*'
print -r -- \${\${seen##*arguments: }%%;*}
zpty -d shell
`,
};

/** Completes a command line in a shell. */
async function complete(folder: TempFolder, shell: string, line: string): Promise<string[]> {
  const [program, ...args] = await programCommand();
  const words = [program, ...args].map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(
    `${folder.path}/appservice-mxisd`,
    `#!/bin/sh\nif [ "$1" = completion ]; then exec ${words} "$@"; fi\necho "arguments: $*;"\n`,
    { mode: 0o755 },
  );
  const env = {
    ...programEnvironment(),
    PATH: `${folder.path}:/usr/bin:/bin`,
    HOME: folder.path,
    DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    TERM: "dumb",
  };
  const loaded = `${folder.path}/completion.${shell}`;
  const printed = await runToEnd([`${folder.path}/appservice-mxisd`, "completion", shell], { env });
  assert.equal(printed.code, 0, printed.errors);
  await Deno.writeTextFile(loaded, printed.output);
  const script = `${folder.path}/complete.${shell}`;
  await Deno.writeTextFile(script, SCRIPTS[shell] ?? "");
  const { code, output, errors } = await runToEnd(
    [
      "/usr/bin/timeout",
      "60",
      await installed(`/usr/bin/${shell}`),
      script,
      loaded,
      ...line.split(" "),
    ],
    { env, cwd: folder.path },
  );
  assert.equal(code, 0, errors);
  return output.split("\n").flatMap((line) => line.split("\t")[0]?.trim() || []);
}

for (const shell of ["bash", "fish"]) {
  Deno.test(`${shell} completes commands, stores, samples, languages, shells and files`, async () => {
    await using folder = await tempFolder();
    await Deno.writeTextFile(`${folder.path}/mxisd-own.yaml`, "");
    for (
      const [line, expected] of [
        ["appservice-mxisd sup", ["suppressions"]],
        ["appservice-mxisd doctor store ld", ["ldap"]],
        ["appservice-mxisd send-test a@b.example --sample right", ["right-to-left"]],
        ["appservice-mxisd preview --language d", ["de"]],
        ["appservice-mxisd completion z", ["zsh"]],
        ["appservice-mxisd serve -c mxisd-o", ["mxisd-own.yaml"]],
        ["appservice-mxisd -c mxisd-o", ["mxisd-own.yaml"]],
      ] as const
    ) {
      assert.deepEqual(await complete(folder, shell, line), expected, line);
    }
  });
}

Deno.test("zsh completes commands, stores and files on a terminal", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/mxisd-own.yaml`, "");
  for (
    const [line, expected] of [
      ["appservice-mxisd sup", "suppressions"],
      ["appservice-mxisd doctor store ld", "doctor store ldap"],
      ["appservice-mxisd serve -c mxisd-o", "serve -c mxisd-own.yaml"],
    ] as const
  ) {
    assert.deepEqual(await complete(folder, "zsh", line), [expected], line);
  }
});
