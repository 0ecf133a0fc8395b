/**
 * Parses a YAML file of people: the list `identities` of the section `memory`.
 *
 * @module
 */

import { parseDocument } from "yaml";
import { z } from "zod";
import { filePerson, type ParsedPeople } from "./file_person.ts";

/** Parses the list, or a key `identities` that contains it. */
export function parsePeopleYaml(text: string): ParsedPeople {
  // In the failsafe schema all scalars are strings: 0123 is a username.
  const document = parseDocument(text, { schema: "failsafe", prettyErrors: true });
  const [error] = [...document.errors, ...document.warnings];
  if (error) {
    const { line = 1, col = 1 } = error.linePos?.[0] ?? {};
    return { kind: "invalid", reason: `line ${line}, column ${col} is not valid YAML` };
  }
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 100 });
  } catch {
    return { kind: "invalid", reason: "its aliases expand too much" };
  }
  if (content === null || content === "") return { kind: "people", people: [] };
  const list = Array.isArray(content) ? content : (content as { identities?: unknown }).identities;
  const parsed = z.array(filePerson).safeParse(list ?? content);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join(".") || "the document";
    return { kind: "invalid", reason: `${where} has the wrong form` };
  }
  return { kind: "people", people: parsed.data };
}
