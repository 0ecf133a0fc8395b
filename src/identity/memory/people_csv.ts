/**
 * People in a CSV file, as spreadsheets and directories export them.
 *
 * @module
 */

import { parseLanguageTag } from "../../domain/language.ts";
import { quoted } from "../../text/printable.ts";
import { parseCsv } from "./csv.ts";
import type { FilePerson, ParsedPeople } from "./file_person.ts";

const COLUMNS = ["username", "displayName", "email", "roles", "language"];

/**
 * Reads the people, a line each below a line with the columns' names. `email` and `roles` hold
 * several values with semicolons between them.
 */
export function parsePeopleCsv(text: string): ParsedPeople {
  const parsed = parseCsv(text);
  if (parsed.kind === "broken") return broken(parsed.line, parsed.why);
  const [header, ...records] = parsed.records;
  const columns = header?.fields.map((name) => name.trim()) ?? [];
  const unknown = columns.find((name) => !COLUMNS.includes(name));
  if (unknown !== undefined) {
    const known = `the columns are ${COLUMNS.join(", ")}, with commas between them`;
    return broken(1, `there is no column ${quoted(unknown)}: ${known}`);
  }
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) return broken(1, `the column ${twice} stands there twice`);
  if (!columns.includes("username")) return broken(1, "the column username is missing");

  const people: FilePerson[] = [];
  for (const { line, fields } of records) {
    const value = (column: string) => fields[columns.indexOf(column)] ?? "";
    const [username, displayName, language] = [
      value("username"),
      value("displayName"),
      value("language").trim(),
    ];
    if (username === "") return broken(line, "the username is empty");
    if (language !== "" && parseLanguageTag(language) === undefined) {
      return broken(line, "the language is none such as de or pt-BR");
    }
    people.push({
      username,
      threepids: several(value("email")).map((address) => ({ medium: "email", address })),
      roles: several(value("roles")),
      ...(displayName === "" ? {} : { displayName }),
      ...(language === "" ? {} : { language }),
    });
  }
  return { kind: "people", people };
}

function several(text: string): string[] {
  return text.split(";").map((value) => value.trim()).filter((value) => value !== "");
}

function broken(line: number, why: string): ParsedPeople {
  return { kind: "broken", why: `line ${line}: ${why}` };
}
