/** What strangers call themselves, their rooms and whatever else they may name. */
export const HOSTILE_NAMES: readonly string[] = [
  // Markup, and its ends.
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  "</td></tr></table><h1>Your account is locked</h1>",
  "</style></title></head>",
  "<!-- x",
  "]]> x <![CDATA[",
  "&lt;b&gt;bold&amp;&#60;i&#62;",
  "<svg/onload=alert(1)>",
  "<a href=https://evil.example>click</a>",
  // What templates and placeholders are written in.
  "{{ recipient.address }}",
  "{% include 'text' %}{% raw %}",
  "%SENDER_ID% %RECIPIENT_ADDRESS% %%",
  "${recipient} $(touch x) `id`",
  // What a header or a MIME part ends with.
  "a\r\nBcc: victim@example.com",
  "a\r\n\r\nanother body",
  "a\n--boundary\nContent-Type: text/html\n\n<b>x</b>",
  "=?utf-8?b?PGI+?= =?utf-8?q?=0D=0ABcc:_x?=",
  "=0D=0ABcc: x =C3=BC =",
  '"x" <evil@evil.example>, y@evil.example; (z)',
  // What changes or hides what stands around it.
  "\u202Egpj.exe\u202C",
  "\u2066\u2067\u2068x",
  "x\u2069\u2069\u202C",
  "\u0000\u0007\u001B[31mred\u009B0m",
  "\u001B]8;;https://evil.example\u0007click\u001B]8;;\u0007",
  "invisible\u200B\u2060\u00AD\uFEFF\u{E0041}",
  "Z\u0351\u036B\u0343\u036A\u0302\u036B\u033D\u034F\u0334a\u0332\u0349",
  "\uD800 lone \uDFFF",
  // What a mail client makes a link of.
  "Your account ends today: https://evil.example/login?a=1&b=2",
  "www.evil.example, evil.example or javascript:alert(1)",
  "[click](https://evil.example) <https://evil.example>",
  "mailto:evil@evil.example?bcc=all@example.org",
  // Names of what every object has, and what is long.
  "__proto__",
  "constructor",
  "W".repeat(3000),
  "👨‍👩‍👧‍👦 ".repeat(200),
];
