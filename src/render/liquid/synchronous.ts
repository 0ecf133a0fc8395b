/**
 * Renders Liquid without the generators of its library: they take most of the time that an email
 * takes. What is usual in templates is done here, on the library's own templates and contexts, and
 * everything else is left to the library: what is undefined, so that its errors stay, and what is rare.
 *
 * @module
 */

import type { Context, Emitter, Liquid, Template, Value } from "liquidjs";

type Library = typeof import("liquidjs");

// What the library's types do not show.
interface OpenContext {
  findScope(key: string): object;
  readProperty(object: unknown, key: string): unknown;
  bottom(): Record<string, unknown>;
  getRegister(key: string): unknown;
  setRegister(key: string, value: unknown): unknown;
  readonly opts: { readonly lenientIf: boolean };
  readonly renderLimit: { check(time: number): void };
}
interface OpenToken {
  readonly content?: unknown;
  readonly operator?: string;
  readonly variable?: unknown;
  readonly props?: readonly OpenToken[];
}
interface OpenValue {
  readonly initial: { readonly postfix: readonly OpenToken[] };
  readonly filters: readonly {
    readonly name: string;
    readonly handler: (this: unknown, ...values: unknown[]) => unknown;
    readonly args: readonly (OpenToken | readonly unknown[])[];
    readonly token: unknown;
    readonly liquid: Liquid;
  }[];
}
interface OpenConditional {
  readonly branches: readonly {
    readonly value: Value;
    readonly test?: (value: unknown, context: Context) => boolean;
    readonly templates: Template[];
  }[];
  readonly elseTemplates?: Template[];
}
interface OpenInclude {
  readonly file: unknown;
  readonly withVar?: unknown;
  readonly hash: { readonly hash: object };
  readonly currentFile?: string;
}

/** Makes an engine that only renders synchronously do so without generators. */
export function renderWithoutGenerators(engine: Liquid, library: Library): void {
  const { toValueSync, toValue, isTruthy, LiquidError, RenderError } = library;

  function evaluate(value: Value, context: Context, lenient: boolean): unknown {
    const found = quickly(value as unknown as OpenValue, context as unknown as OpenContext);
    return found === UNUSUAL ? toValueSync(value.value(context, lenient)) : found;
  }

  // The value, unless it is unusual. Nothing has changed then.
  function quickly({ initial, filters }: OpenValue, context: OpenContext): unknown {
    let value = expressionOf(initial.postfix, context);
    for (const { handler, args, token, liquid } of filters) {
      if (value === UNUSUAL) return value;
      const values: unknown[] = [];
      for (const arg of args) {
        const found = Array.isArray(arg) ? UNUSUAL : operandOf(arg as OpenToken, context);
        if (found === UNUSUAL) return found;
        values.push(found);
      }
      value = toValueSync(handler.call({ context, token, liquid }, value, ...values) as never);
    }
    return value;
  }

  function renderAll(
    templates: readonly Template[],
    context: Context,
    emitter: Emitter & { readonly buffer: string } = new TextEmitter(toValue),
  ): string {
    (context as unknown as OpenContext).renderLimit.check(performance.now());
    for (const template of templates) {
      try {
        const { str } = template as { readonly str?: unknown };
        if (typeof str === "string") emitter.write(str);
        else if (template instanceof library.Output) {
          emitter.write(toValue(evaluate(template.value, context, false)));
        } else {
          const written = toValueSync(template.render(context, emitter) as never);
          if (written) emitter.write(written);
        }
        if (context.breakCalled || context.continueCalled) break;
      } catch (error) {
        throw LiquidError.is(error) ? error : new RenderError(error as Error, template);
      }
    }
    return emitter.buffer;
  }

  function renderBranch(tag: unknown, context: Context, emitter: Emitter): void {
    const { branches, elseTemplates = [] } = tag as OpenConditional;
    const { lenientIf } = (context as unknown as OpenContext).opts;
    const branch = branches.find(({ value, test = isTruthy }) =>
      test(toValue(evaluate(value, context, lenientIf)), context)
    );
    renderAll(branch?.templates ?? elseTemplates, context, emitter as TextEmitter);
  }

  // The library accepts tags that are no generators.
  const renderer = engine.renderer as unknown as { renderTemplates: typeof renderAll };
  renderer.renderTemplates = renderAll;
  const partials = new Map<string, Template[]>();
  const tags = {
    if: class extends library.IfTag {
      override render(context: Context, emitter: Emitter): never {
        return renderBranch(this, context, emitter) as never;
      }
    },
    unless: class extends library.UnlessTag {
      override render(context: Context, emitter: Emitter): never {
        return renderBranch(this, context, emitter) as never;
      }
    },
    assign: class extends library.AssignTag {
      override render(context: Context): never {
        const { key, value } = this as unknown as { readonly key: string; readonly value: Value };
        const { bottom, opts } = context as unknown as OpenContext;
        bottom.call(context)[key] = evaluate(value, context, opts.lenientIf);
        return undefined as never;
      }
    },
    include: class extends library.IncludeTag {
      override render(context: Context, emitter: Emitter): never {
        const { file, withVar, hash, currentFile } = this as unknown as OpenInclude;
        const open = context as unknown as OpenContext;
        const name = typeof file === "string" ? file : operandOf(file as OpenToken, open);
        const isUsual = typeof name === "string" && /^[a-z]/.test(name) && withVar === undefined &&
          Object.keys(hash.hash).length === 0 && open.getRegister("blockMode") === undefined;
        if (!isUsual) return super.render(context, emitter) as never;
        const templates = partials.get(name) ??
          toValueSync(engine._parsePartialFile(name, true, currentFile)) as Template[];
        partials.set(name, templates);
        renderAll(templates, context, emitter as TextEmitter);
        // A layout in what was included ends with it.
        for (const key of ["blocks", "blockMode"]) open.setRegister(key, undefined);
        return undefined as never;
      }
    },
  };
  for (const [name, tag] of Object.entries(tags)) engine.registerTag(name, tag as never);
}

const UNUSUAL = Symbol("unusual");

// Operators between anything but texts, numbers and the like compare what the library knows.
function expressionOf(tokens: readonly OpenToken[], context: OpenContext): unknown {
  const [only] = tokens;
  if (only !== undefined && tokens.length === 1) return operandOf(only, context);
  const operands: unknown[] = [];
  for (const token of tokens) {
    if (token.operator === undefined) {
      const operand = operandOf(token, context);
      if (typeof operand === "object" && operand !== null || operand === UNUSUAL) return UNUSUAL;
      operands.push(operand);
    } else {
      const operate = OPERATORS[token.operator];
      if (operate === undefined) return UNUSUAL;
      const right = operands.pop();
      const result = operate(operands.pop(), right);
      if (result === UNUSUAL) return UNUSUAL;
      operands.push(result);
    }
  }
  return operands.length === 1 ? operands[0] : UNUSUAL;
}

type Operator = (left: unknown, right: unknown) => unknown;
const isTrue = (value: unknown) => value !== false && value !== undefined && value !== null;
const OPERATORS: Readonly<Record<string, Operator | undefined>> = {
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  ">": (left, right) => (left as number) > (right as number),
  "<": (left, right) => (left as number) < (right as number),
  ">=": (left, right) => (left as number) >= (right as number),
  "<=": (left, right) => (left as number) <= (right as number),
  and: (left, right) => isTrue(left) && isTrue(right),
  or: (left, right) => isTrue(left) || isTrue(right),
  contains: (left, right) =>
    typeof left === "string" ? left.indexOf(right as string) > -1 : UNUSUAL,
};

// A text, a number, or a name with the names of properties.
function operandOf(token: OpenToken | undefined, context: OpenContext): unknown {
  if (token === undefined) return UNUSUAL;
  if ("content" in token) return token.content;
  const { props, variable } = token;
  if (props === undefined || variable !== undefined) return UNUSUAL;
  let value: unknown;
  for (const [index, { content }] of props.entries()) {
    if (typeof content !== "string") return UNUSUAL;
    value = context.readProperty(index === 0 ? context.findScope(content) : value, content);
    if (value === undefined || value instanceof Promise) return UNUSUAL;
  }
  return value;
}

/** What is written to without another emitter. */
class TextEmitter {
  buffer = "";
  readonly #toValue: Library["toValue"];

  constructor(toValue: Library["toValue"]) {
    this.#toValue = toValue;
  }

  write(written: unknown): void {
    const value = this.#toValue(written);
    if (Array.isArray(value)) value.forEach((part) => this.write(part));
    else if (value !== undefined && value !== null) this.buffer += String(value);
  }
}
