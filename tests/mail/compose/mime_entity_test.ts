import fc from "fast-check";
import assert from "node:assert/strict";
import { parseEntity } from "../../../src/mail/compose/mime_entity.ts";

function parse(text: string) {
  const entity = parseEntity(new TextEncoder().encode(text));
  return entity && {
    fields: entity.fields.map(({ name, text }) => [name, text]),
    body: new TextDecoder().decode(entity.body),
  };
}

Deno.test("fields keep their continuation lines, and every line end becomes CRLF", () => {
  assert.deepEqual(parse("Subject: a\n b\r\n\tc\rX-Y:z\n\nbody\rend"), {
    fields: [["subject", "Subject: a\r\n b\r\n\tc\r\n"], ["x-y", "X-Y:z\r\n"]],
    body: "body\r\nend\r\n",
  });
});

Deno.test("an entity may lack its header, its body, or both", () => {
  assert.deepEqual(parse("\r\nbody"), { fields: [], body: "body\r\n" });
  assert.deepEqual(parse("\nSubject: in the body\n"), {
    fields: [],
    body: "Subject: in the body\r\n",
  });
  assert.deepEqual(parse("Subject: x"), { fields: [["subject", "Subject: x\r\n"]], body: "" });
  assert.deepEqual(parse("Subject: x\n\n"), { fields: [["subject", "Subject: x\r\n"]], body: "" });
  assert.deepEqual(parse(""), { fields: [], body: "" });
});

Deno.test("what are not header fields are refused, and so is a NUL", () => {
  for (
    const broken of [
      "no colon\n\nbody",
      "Subject: x\nno colon\n\nbody",
      " continued: nothing\n\n",
      ": no name\n\n",
      "Two words: x\n\n",
      "Übel: x\n\n",
      "Subject: a\0b\n\n",
      "Subject: a\n\nb\0",
    ]
  ) assert.equal(parse(broken), undefined, JSON.stringify(broken));
});

Deno.test("octets beyond ASCII stay what they are", () => {
  const bytes = Uint8Array.from([65, 58, 32, 0xFC, 10, 10, 0x80, 0x9F, 0xFF, 10]);
  const entity = parseEntity(bytes);
  assert(entity);
  assert.equal(entity.fields[0]?.text, "A: \xFC\r\n");
  assert.deepEqual([...entity.body], [0x80, 0x9F, 0xFF, 13, 10]);
});

Deno.test("any bytes give lines that end with CRLF, or nothing", () => {
  fc.assert(fc.property(
    fc.string({ unit: fc.constantFrom("a", ":", " ", "\r", "\n", "\t", ".", "\0", "ü") }),
    (text) => {
      const entity = parse(text);
      const whole = entity && entity.fields.map(([, field]) => field).join("") + entity.body;
      assert.match(whole ?? "", /^(?:[^\r\n\0]*\r\n)*$/);
    },
  ));
});
