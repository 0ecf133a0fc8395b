/**
 * People in a YAML file: the list that could stand in the section `memory` as well.
 *
 * @module
 */

import { parseDocument } from "yaml";
import { z } from "zod";
import { filePerson, type ParsedPeople } from "./file_person.ts";

/** Reads the list, or a section `identities` with the list in it. */
export function parsePeopleYaml(text: string): ParsedPeople {
  // In the failsafe schema all scalars are texts: 0123 is a username.
  const document = parseDocument(text, { schema: "failsafe", prettyErrors: true });
  const [mistake] = [...document.errors, ...document.warnings];
  if (mistake) {
    const { line = 1, col = 1 } = mistake.linePos?.[0] ?? {};
    return { kind: "broken", why: `line ${line}, column ${col} is no YAML` };
  }
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 100 });
  } catch {
    return { kind: "broken", why: "its aliases repeat too much" };
  }
  if (content === null || content === "") return { kind: "people", people: [] };
  const list = Array.isArray(content) ? content : (content as { identities?: unknown }).identities;
  const parsed = z.array(filePerson).safeParse(list ?? content);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join(".") || "the whole";
    return { kind: "broken", why: `${where} is not what is expected there` };
  }
  return { kind: "people", people: parsed.data };
}
