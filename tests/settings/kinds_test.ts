import assert from "node:assert/strict";
import { z } from "zod";
import { ConnectionString } from "../../src/settings/connection_string.ts";
import {
  choice,
  connectionString,
  duration,
  emailAddress,
  filledSecret,
  filledText,
  flag,
  httpUrl,
  integer,
  limit,
  parsed,
  path,
  secret,
  text,
} from "../../src/settings/kinds.ts";
import { notation, type Origin, Scalar } from "../../src/settings/scalar.ts";
import { Secret } from "../../src/settings/secret.ts";

const origin: Origin = {
  resolve: (written, style) => `/${style}/${written}`,
  readSecret(written) {
    if (written === "hs_token") return "from the file\r\n";
    throw new Error(`"${written}" cannot be read: it does not exist`);
  },
  env: (name) => name === "MXISD_TOKEN" ? "from the variable" : undefined,
};

const scalar = (value: string | number | boolean, source = String(value)) =>
  new Scalar(value, source, origin);

function reading(schema: z.ZodType, input: unknown): unknown {
  const result = schema.safeParse(input);
  return result.success ? result.data : `! ${z.prettifyError(result.error).slice(2)}`;
}

Deno.test("text is as it is written, number or not", () => {
  assert.equal(reading(text(), scalar(123456, "0123456")), "0123456");
  assert.equal(reading(text(), scalar(true, "yes")), "yes");
  assert.equal(reading(text(), scalar("quoted", '"quoted"')), "quoted");
  assert.equal(reading(text(), 12), "12");
  assert.equal(reading(text(), ["a"]), "! expected text, not a list");
  assert.equal(reading(text(), { a: 1 }), "! expected text, not keys below it");
  assert.equal(reading(filledText(), ""), "! is empty: write a value, or remove the key");
});

Deno.test("yes, no, on and off are booleans in any case", () => {
  for (const word of ["true", "yes", "on", "On", "YES"]) assert.equal(reading(flag(), word), true);
  for (const word of ["false", "no", "off"]) assert.equal(reading(flag(), scalar(word)), false);
  assert.equal(reading(flag(), scalar(false)), false);
  assert.equal(reading(flag(), scalar(1)), "! expected true or false, not 1");
  assert.equal(reading(flag(), "y"), '! expected true or false, not "y"');
});

Deno.test("a number has a range, and may be in quotes", () => {
  const port = integer(1, 65535);
  assert.equal(reading(port, scalar("25")), 25);
  assert.equal(reading(port, scalar(25)), 25);
  for (const wrong of [0, 65536, 1.5, "twenty", "", "1e3"]) {
    assert.match(String(reading(port, wrong)), /expected a whole number from 1 to 65535/);
  }
});

Deno.test("durations and limits are parsed and formatted alike", () => {
  assert.equal(reading(duration(), scalar(0)), 0);
  assert.equal(reading(duration(), "90s"), 90_000);
  assert.match(String(reading(duration(), "5 minutes")), /expected a duration .* not "5 minutes"/);
  assert.deepEqual(reading(limit(), "20/day"), { count: 20, per: 86_400_000 });
  assert.equal(reading(limit(), scalar(false, "off")), null);
  assert.equal(reading(limit(), scalar(false)), null);
  assert.match(String(reading(limit(), "0/day")), /expected a limit/);
  const optional = duration().optional().describe("described");
  const inner = (optional as z.ZodOptional).def.innerType;
  assert.equal(notation.get(inner)?.write(90_000), "90s");
  assert.equal(notation.get(limit())?.write(null), "off");
});

Deno.test("addresses, choices and URLs are validated", () => {
  assert.equal(reading(emailAddress(), "a@example.org"), "a@example.org");
  assert.match(String(reading(emailAddress(), "a@b, c@d")), /expected an email address/);
  assert.equal(reading(choice(["all", "first"]), scalar("all")), "all");
  assert.equal(reading(choice(["all", "first"]), "al"), '! expected one of all, first, not "al"');
  assert.equal(reading(httpUrl(), "HTTP://Localhost:8008//"), "http://localhost:8008");
});

Deno.test("a URL's password is refused, and not repeated", () => {
  for (const url of ["http://a:sesame@b", "ftp://sesame", "http://a/?sesame", "http://a/#sesame"]) {
    const result = String(reading(httpUrl(), url));
    assert.match(result, /^! expected a URL/);
    assert.doesNotMatch(result, /sesame/);
  }
});

Deno.test("a path is made absolute by its origin", () => {
  assert.equal(reading(path("mxisd"), scalar("a.db")), "/mxisd/a.db");
  assert.equal(reading(path("folder"), scalar("ca.pem")), "/folder/ca.pem");
  assert.equal(reading(path("folder"), "/plain"), "/plain");
  assert.equal(
    reading(path("folder"), scalar("")),
    "! is empty: write a path, or remove the key",
  );
});

Deno.test("a secret is text, a file or a variable", () => {
  const revealed = (input: unknown) => {
    const result = reading(secret(), input);
    return result instanceof Secret ? result.reveal() : result;
  };
  assert.equal(revealed("sesame"), "sesame");
  assert.equal(revealed(scalar(42, "042")), "042");
  assert.equal(revealed({ file: scalar("hs_token") }), "from the file");
  assert.equal(revealed({ env: scalar("MXISD_TOKEN") }), "from the variable");
  assert.equal(revealed(new Secret("sesame")), "sesame");
  assert.equal(
    revealed({ env: scalar("MXISD_NONE") }),
    "! the environment variable MXISD_NONE is not set",
  );
  assert.match(String(revealed({ env: scalar("HOME") })), /must begin with MXISD_/);
  assert.match(
    String(revealed({ file: scalar("none") })),
    /"none" cannot be read: it does not exist/,
  );
  assert.equal(reading(filledSecret(), ""), "! is empty: write it, or remove the key");
});

Deno.test("an invalid secret is refused without being repeated", () => {
  const wrong = [
    ["sesame"],
    { file: scalar("hs_token"), env: scalar("sesame") },
    { sesame: scalar("sesame") },
    { file: ["sesame"] },
    { file: scalar("") },
    { file: "sesame" }, // without an origin there is no folder it could be in
    {},
    null,
    undefined,
  ];
  for (const input of wrong) {
    const result = String(reading(secret(), input));
    assert.equal(result, "! expected text, { file: path } or { env: MXISD_NAME }");
  }
});

Deno.test("a connection is a path or a server, and may be a reference like a secret", () => {
  const revealed = (input: unknown) => {
    const result = reading(connectionString(), input);
    return result instanceof ConnectionString ? result.reveal() : result;
  };
  assert.equal(revealed(scalar("homeserver.db")), "/mxisd/homeserver.db");
  assert.equal(revealed(scalar("//db/x?password=p")), "//db/x?password=p");
  assert.equal(revealed({ env: scalar("MXISD_TOKEN") }), "from the variable");
  assert.equal(
    notation.get(connectionString())?.write(new ConnectionString("//a:b@c")),
    "//[redacted]@c",
  );
});

Deno.test("a refused value is reported with what was expected", () => {
  const even = parsed((word) => word.length % 2 === 0 ? word : undefined, "an even word");
  assert.equal(reading(even, scalar("ab")), "ab");
  assert.equal(reading(even, "abc"), '! expected an even word, not "abc"');
  assert.equal(reading(even, "\u001b"), '! expected an even word, not "\\u{1b}"');
  assert.equal(reading(even, undefined), "! is missing: expected an even word");
});
