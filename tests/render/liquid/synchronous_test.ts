import fc from "fast-check";
import { Liquid } from "liquidjs";
import * as library from "liquidjs";
import assert from "node:assert/strict";
import { renderWithoutGenerators } from "../../../src/render/liquid/synchronous.ts";
import { runs } from "../../thorough.ts";

const PARTIALS = {
  word: "word",
  nested: '({% include "value" %})',
  value: "{{ a.b }}{% assign set = 'by value' %}",
  stop: "{% if item == 2 %}{% break %}{% endif %}",
  layout: "<{% block body %}default{% endblock %}>",
  page: '{% layout "layout" %}{% block body %}own{% endblock %}',
};

/** What an engine of the service makes of a template, or the message of its error. */
function outcome(template: string, scope: object, isQuick: boolean): string {
  const engine = new Liquid({
    templates: { ...PARTIALS, main: template },
    cache: true,
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    outputEscape: (value: unknown) => `[${value}]`,
  });
  if (isQuick) renderWithoutGenerators(engine, library);
  engine.registerFilter("raw_bold", { handler: (value: unknown) => `<b>${value}</b>`, raw: true });
  try {
    const first = engine.renderFileSync("main", structuredClone(scope));
    // What is kept of the first time must not change the second.
    assert.equal(engine.renderFileSync("main", structuredClone(scope)), first);
    return first;
  } catch (error) {
    return `error: ${error}`;
  }
}

function assertSame(template: string, scope: object): void {
  assert.equal(outcome(template, scope, true), outcome(template, scope, false), template);
}

const SCOPE = {
  a: { b: "B & b", empty: "", nothing: null, list: [1, 2, 3], no: false },
  list: [{ x: 1, on: true }, { x: 2, on: false }, { x: 3, on: true }],
  n: 3,
  name: "word",
  yes: true,
};

for (
  const template of [
    "plain",
    "{{ a.b }} {{ a['b'] }} {{ a[name] | default: 'none' }}",
    "{{ a.missing }}",
    "{{ missing }}",
    "{{ missing | default: 'd' }}{{ a.empty | default: a.b }}{{ a.nothing }}{{ nil }}",
    "{{ a.b | unknown }}",
    "{{ a.b | upcase | append: '!' | raw_bold }}{{ 'x' | raw_bold | append: 'y' }}",
    "{{ list | where: 'on' | size }}{{ list.size }}{{ a.b.size }}{{ list.first.x }}{{ list.last.x }}",
    "{{ list | map: 'x' | join: ',' }}{{ a.list }}{{ n | minus: 1 | times: 2 }}",
    "{{ (1..3) | join: '-' }}{{ a.b | slice: 0, 1 }}{{ a.b | replace: 'B', 'C' }}",
    "{% if missing %}1{% elsif a.missing == 1 %}2{% else %}3{% endif %}",
    "{% if a.empty == '' and n > 2 or yes == false %}1{% endif %}",
    "{% if a.no %}1{% else %}0{% endif %}{% if a.empty %}1{% endif %}{% if not yes %}2{% endif %}",
    "{% if a.nothing == nil %}1{% endif %}{% if a.empty == blank %}2{% endif %}{% if list == empty %}3{% endif %}",
    "{% if a.list contains 2 %}1{% endif %}{% if a.b contains '&' %}2{% endif %}{% if n contains 3 %}3{% endif %}",
    "{% if a.nothing contains 'x' %}1{% else %}0{% endif %}{% if a.list == a.list %}2{% endif %}",
    "{% if n >= 3 and n <= 3 and n != 4 and n < 4 %}1{% endif %}{% if a.b > 1 %}2{% endif %}",
    "{% unless a.no %}1{% endunless %}{% unless yes %}1{% elsif n == 3 %}2{% else %}3{% endunless %}",
    "{% assign v = a.b | downcase %}{{ v }}{% assign w = missing %}{{ w | default: 'unset' }}",
    "{% assign l = a.list %}{{ l | join }}{% assign v = v | append: 'x' %}",
    "{% for i in list limit: 2 %}{{ forloop.index }}{{ forloop.first }}{{ i.x }}{% else %}none{% endfor %}",
    "{% for i in a.list reversed %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}",
    "{% for item in a.list %}{% include 'stop' %}{{ item }}{% endfor %}",
    "{% for i in (1..n) %}{% for j in a.list %}{% if j > i %}{% break %}{% endif %}{{ i }}{{ j }} {% endfor %}{% endfor %}",
    "{% for i in a.empty %}x{% else %}none{% endfor %}{{ i }}",
    '{% include "word" %}{% include name %}{% include "nested" %}{{ set }}',
    '{% include "value", a: list %}{% include "word" with a.b %}{% include "none" %}',
    "{% include missing %}",
    '{% include "page" %}{% include "word" %}{% include "page" %}',
    "{% capture c %}{{ n }}{% if yes %}y{% endif %}{% endcapture %}{{ c }}{% case n %}{% when 3 %}three{% endcase %}",
    "{% render 'word' %}{% cycle 'a', 'b' %}{% increment k %}{% echo a.b %}{% raw %}{{ x }}{% endraw %}",
    "{{ a.constructor }}{{ list.map }}",
    "{{ a | json }}{{ a.list[0] }}{{ a.list[-1] }}{{ a['list'].size }}",
    "{{ 'a' }}{{ 1.5 }}{{ true }}{{ false }}{{ (yes and a.no) }}",
    "{% if yes %}{{ missing }}{% endif %}",
  ]
) {
  Deno.test(`${template} renders as by the library`, () => assertSame(template, SCOPE));
}

const operand = fc.constantFrom(
  ...["a.b", "a.empty", "a.nothing", "a.list", "a.no", "n", "yes", "missing", "a.missing"],
  ...["'B & b'", "''", "3", "true", "nil", "blank", "empty", "list.size", "(1..2)"],
);
const operator = fc.constantFrom("==", "!=", "<", ">", "<=", ">=", "contains", "and", "or");
const condition = fc.array(fc.tuple(operator, operand), { maxLength: 3 }).chain((rest) =>
  operand.map((first) => [first, ...rest.flat()].join(" "))
);
const filter = fc.constantFrom(
  ...["", " | default: 'd'", " | size", " | append: a.b", " | raw_bold", " | upcase", " | json"],
);
const { template } = fc.letrec<{ template: string }>((tie) => ({
  template: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.tuple(operand, filter, filter).map(([value, ...filters]) =>
      `{{ ${value}${filters.join("")} }}`
    ),
    fc.constantFrom("text", "{% include 'nested' %}", "{% include name %}", "{% break %}"),
    fc.tuple(operand, filter).map(([value, filter]) => `{% assign n = ${value}${filter} %}`),
    fc.tuple(condition, tie("template"), tie("template")).map(([when, then, other]) =>
      `{% if ${when} %}${then}{% else %}${other}{% endif %}`
    ),
    fc.tuple(condition, tie("template")).map(([when, then]) =>
      `{% unless ${when} %}${then}{% endunless %}`
    ),
    fc.tuple(operand, tie("template")).map(([list, body]) =>
      `{% for a in ${list} %}${body}{% endfor %}`
    ),
    fc.tuple(tie("template"), tie("template")).map((both) => both.join(" ")),
  ),
}));

Deno.test("any template renders, or fails, as by the library", () => {
  fc.assert(fc.property(template, (text) => assertSame(text, SCOPE)), runs(1500));
});
