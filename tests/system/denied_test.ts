import assert from "node:assert/strict";
import { describeFileError } from "../../src/system/file_error.ts";

const DENIED = new Deno.errors.PermissionDenied("Permission denied (os error 13)");
const SYNAPSE = 54_321; // nobody's number
const { uid, gid } = { uid: Deno.uid() ?? 0, gid: Deno.gid() ?? 0 };
const ME = await nameOf("passwd", uid);
const US = await nameOf("group", gid);

async function nameOf(file: string, id: number): Promise<string> {
  const lines = (await Deno.readTextFile(`/etc/${file}`)).split("\n").map((line) =>
    line.split(":")
  );
  return lines.find(([, , number]) => number === String(id))?.[0] ?? String(id);
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

// Only root may give files away.
for (
  const [whose, owner, group, mode, names, remedy] of [
    [
      "the homeserver's",
      ...[SYNAPSE, SYNAPSE, 0o600],
      `user ${SYNAPSE}, group ${SYNAPSE}, its mode 0600`,
      `to let it read: chgrp ${US} FILE && chmod g+r FILE`,
    ],
    [
      "root's, for the homeserver's group,",
      ...[0, SYNAPSE, 0o240],
      `user root, group ${SYNAPSE}, its mode 0240`,
      `to let it read: chown ${ME} FILE && chmod u+r FILE`,
    ],
    [
      "everybody's",
      ...[SYNAPSE, SYNAPSE, 0o644],
      `user ${SYNAPSE}, group ${SYNAPSE}, its mode 0644`,
      "its mode allows it, so that SELinux, AppArmor or systemd forbids it: see the system's log",
    ],
  ] as const
) {
  Deno.test(`a file that is ${whose} and cannot be read is explained, with what to do`, async () => {
    await inFolder(async (folder) => {
      const file = `${folder}/reg's.yaml`;
      await Deno.writeTextFile(file, "");
      await Deno.chmod(file, mode);
      await Deno.chown(file, owner, group);
      const word = `'${folder}/reg'\\''s.yaml'`;
      assert.equal(
        describeFileError(DENIED, file),
        `permission denied to user ${ME} (its owner is ${names}); ` +
          remedy.replaceAll("FILE", word),
      );
    });
  });
}

Deno.test("of a file that cannot be written, and of a new one, the owner is named", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/old`, "");
    await Deno.chmod(`${folder}/old`, 0o400);
    const who = `permission denied to user ${ME}`;
    const owner = `user ${ME}, group ${US}`;
    assert.equal(
      describeFileError(DENIED, `${folder}/old`, "write"),
      `${who} (its owner is ${owner}, its mode 0400)`,
    );
    assert.equal(
      describeFileError(DENIED, `${folder}/new`, "write"),
      `${who} (the owner of its folder is ${owner}, its mode 0700)`,
    );
    assert.equal(describeFileError(DENIED), who);
  });
});
