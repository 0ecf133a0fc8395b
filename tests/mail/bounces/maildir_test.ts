import assert from "node:assert/strict";
import { openMaildir } from "../../../src/mail/bounces/maildir.ts";

const OPTIONS = { except: [], count: 10, maxBytes: 5 };

async function maildir() {
  const folder = await Deno.makeTempDir({ prefix: "appservice-mxisd-maildir-" });
  for (const name of ["new", "cur", "tmp"]) await Deno.mkdir(`${folder}/${name}`);
  return {
    folder,
    write: (name: string, text: string) => Deno.writeTextFile(`${folder}/new/${name}`, text),
    names: (part: string) =>
      [...Deno.readDirSync(`${folder}/${part}`)].map(({ name }) => name).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("new messages are read in order, and marked as read", async () => {
  await using made = await maildir();
  using opened = openMaildir(made.folder);
  await opened.started;
  await made.write("2.b", "second");
  await made.write("1.a", "first");
  await made.write(".hidden", "x");
  const { messages, problems } = await opened.readNew(OPTIONS);
  assert.deepEqual(problems, []);
  const texts = messages.map(({ name, bytes }) => [name, new TextDecoder().decode(bytes)]);
  assert.deepEqual(texts, [["1.a", "first"], ["2.b", "secon"]]);
  assert.equal(await opened.markRead("1.a"), undefined);
  assert.deepEqual(made.names("cur"), ["1.a:2,S"]);
  assert.deepEqual((await opened.readNew(OPTIONS)).messages.map(({ name }) => name), ["2.b"]);
});

Deno.test("what is no message is named, and does not keep others", async () => {
  await using made = await maildir();
  using opened = openMaildir(made.folder);
  await Deno.mkdir(`${made.folder}/new/0.folder`);
  await Deno.symlink("/etc/passwd", `${made.folder}/new/1.link`);
  await made.write("2.mail", "x");
  const { messages, problems } = await opened.readNew(OPTIONS);
  assert.deepEqual(messages.map(({ name }) => name), ["2.mail"]);
  assert.deepEqual(problems, [
    { name: "0.folder", reason: "it is not a regular file" },
    { name: "1.link", reason: "it is not a regular file" },
  ]);
  const except = problems.map(({ name }) => name);
  assert.deepEqual((await opened.readNew({ ...OPTIONS, except, count: 1 })).messages.length, 1);
});

Deno.test("a folder that is missing is a problem, and so is one that cannot be moved to", async () => {
  await using made = await maildir();
  using opened = openMaildir(made.folder);
  await made.write("1.a", "x");
  await Deno.remove(`${made.folder}/cur`);
  assert.match(await opened.markRead("1.a") ?? "", /./);
  await Deno.remove(`${made.folder}/new`, { recursive: true });
  const { problems } = await opened.readNew(OPTIONS);
  assert.deepEqual(problems.map(({ name }) => name), [""]);
});

Deno.test("the thread may read and write nothing else", async () => {
  await using made = await maildir();
  await using other = await maildir();
  await other.write("1.a", "x");
  using opened = openMaildir(made.folder);
  const outside = `../..${other.folder.slice(other.folder.lastIndexOf("/"))}/new/1.a`;
  assert.match(await opened.markRead(outside) ?? "", /./);
  assert.deepEqual(other.names("new"), ["1.a"]);
});

Deno.test("a Maildir that is closed answers no more", async () => {
  await using made = await maildir();
  const opened = openMaildir(made.folder);
  const read = opened.readNew(OPTIONS);
  opened[Symbol.dispose]();
  await assert.rejects(read, /is closed/);
});
