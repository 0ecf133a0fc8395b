/**
 * Parses a CSV file of people, as spreadsheets and directories export it.
 *
 * @module
 */

import { parseLanguageTag } from "../../domain/language.ts";
import { quoted } from "../../text/printable.ts";
import { parseCsv } from "./csv.ts";
import type { FilePerson, ParsedPeople } from "./file_person.ts";

const COLUMNS = ["username", "displayName", "email", "roles", "language"];

/**
 * Parses a header line with the names of the columns, and a line for each person. Semicolons
 * separate several values of `email` and `roles`.
 */
export function parsePeopleCsv(text: string): ParsedPeople {
  const parsed = parseCsv(text);
  if (parsed.kind === "invalid") return invalid(parsed.line, parsed.reason);
  const [header, ...records] = parsed.records;
  const columns = header?.fields.map((name) => name.trim()) ?? [];
  const unknown = columns.find((name) => !COLUMNS.includes(name));
  if (unknown !== undefined) {
    const known = `the columns are ${COLUMNS.join(", ")}, separated by commas`;
    return invalid(1, `unknown column ${quoted(unknown)}: ${known}`);
  }
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) return invalid(1, `the column ${twice} occurs twice`);
  if (!columns.includes("username")) return invalid(1, "the column username is missing");

  const people: FilePerson[] = [];
  for (const { line, fields } of records) {
    const value = (column: string) => fields[columns.indexOf(column)] ?? "";
    const username = value("username");
    const language = value("language").trim();
    if (username === "") return invalid(line, "the username is empty");
    if (language !== "" && parseLanguageTag(language) === undefined) {
      return invalid(line, "the language is not a tag such as de or pt-BR");
    }
    people.push({
      username,
      displayName: value("displayName") || undefined,
      threepids: several(value("email")).map((address) => ({ medium: "email", address })),
      roles: several(value("roles")),
      language: language || undefined,
    });
  }
  return { kind: "people", people };
}

function several(text: string): string[] {
  return text.split(";").map((value) => value.trim()).filter((value) => value !== "");
}

function invalid(line: number, reason: string): ParsedPeople {
  return { kind: "invalid", reason: `line ${line}: ${reason}` };
}
