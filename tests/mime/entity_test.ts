import fc from "fast-check";
import assert from "node:assert/strict";
import { fromBytes } from "../../src/mime/bytes.ts";
import { encodeUtf8 } from "../../src/mime/charset.ts";
import {
  entityBytes,
  type FileProblem,
  parseEntity,
  parseEntityBytes,
  partsOf,
} from "../../src/mime/entity.ts";

function parse(text: string) {
  const entity = parseEntityBytes(new TextEncoder().encode(text));
  return entity && {
    fields: entity.fields.map(({ name, source }) => [name, sent(`${source}\n`)]),
    body: new TextDecoder().decode(entityBytes(entity.body)),
  };
}

function sent(source: string): string {
  return fromBytes(entityBytes(source));
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

Deno.test("lines that are not header fields are refused, and so is a NUL", () => {
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

Deno.test("non-ASCII bytes are kept", () => {
  const bytes = Uint8Array.from([65, 58, 32, 0xFC, 10, 10, 0x80, 0x9F, 0xFF, 10]);
  const entity = parseEntityBytes(bytes);
  assert(entity);
  assert.equal(sent(`${entity.fields[0]?.source}\n`), "A: \xFC\r\n");
  assert.deepEqual([...entityBytes(entity.body)], [0x80, 0x9F, 0xFF, 13, 10]);
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

Deno.test("the pieces of a multipart are its body, and each part says at which line it starts", () => {
  const line = fc.constantFrom("--b", "--b--", "--b \t", "--bb", "", "A: b", "text", " ");
  fc.assert(fc.property(fc.array(line, { maxLength: 12 }), fc.boolean(), (lines, ends) => {
    const body = ["--b", ...lines].join("\n") + (ends ? "\n" : "");
    const source = `Content-Type: multipart/mixed;\n boundary=b\n\n${body}`;
    const entity = parseEntity(source);
    const pieces = entity.pieces.map((piece) =>
      piece.kind === "part" ? piece.entity.source : piece.text
    );
    assert.equal(pieces.join(""), entity.body);
    assert.equal(entity.bodyLine, 4);
    for (const part of partsOf(entity)) {
      const rest = source.split("\n").slice(part.bodyLine - 1).join("\n");
      assert.ok(rest.startsWith(part.body));
    }
  }));
});

Deno.test("problems of all parts are found, with their lines", () => {
  const source = "Content-Type: multipart/mixed; boundary=b\n\n" +
    "--b\nno field\n\n--b\nContent-Type: multipart/x\n\n--b\nfür\n\n--b--\nepilogue\n";
  const problems: FileProblem[] = [];
  parseEntity(encodeUtf8(source), problems);
  const expected =
    'expected a header field such as "Subject: ...", or an empty line before the body';
  assert.deepEqual(problems, [
    { line: 4, message: `${expected}, instead of "no field"` },
    { line: 7, message: 'multipart/x needs a boundary: boundary="..."' },
    { line: 10, message: `${expected}, instead of "für"` },
  ]);
});
