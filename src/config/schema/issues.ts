/**
 * Turns a schema's issues into problems that an administrator can act on.
 *
 * @module
 */

import { z } from "zod";
import { isSection, nodeAt, type Section } from "../source/node.ts";
import type { Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";
import { describeUnknownKey } from "./unknown_key.ts";
import { outermost, type Schema, schemaAt } from "./walk.ts";

/** Reports the issues of one section of the settings. */
export function reportIssues(
  issues: readonly z.core.$ZodIssue[],
  section: string,
  schema: Schema,
  root: Section,
  report: Report,
): void {
  for (const issue of issues) {
    const path = [
      section,
      ...issue.path.map((step) => typeof step === "number" ? step : String(step)),
    ];
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        report.add("error", [...path, key], describeUnknownKey(schema, path, key));
      }
    } else if (nodeAt(root, path) !== undefined) {
      report.add("error", path, describeIssue(issue, root, path));
    } else if (!report.isWrong(path)) {
      const message = issue.code === "custom" ? issue.message : describeMissing(schema, path);
      report.add("error", path, message);
    }
  }
}

function describeIssue(issue: z.core.$ZodIssue, root: Section, path: Path): string {
  if (issue.code !== "invalid_type") return issue.message;
  if (issue.expected === "object" || issue.expected === "record") {
    return "expected keys below it, not a list";
  }
  if (issue.expected !== "array") return issue.message;
  const found = isSection(nodeAt(root, path)) ? "keys below it" : "text";
  return `expected a list, one item per line with "- " before it, not ${found}`;
}

function describeMissing(schema: Schema, path: Path): string {
  const at = schemaAt(schema, path);
  const [example] = (at && examplesOf(at)) ?? [];
  if (example !== undefined) return `is missing: write, for example, "${path.at(-1)}: ${example}"`;
  const description = at && outermost(at, (inner) => z.globalRegistry.get(inner)?.description);
  return description ? `is missing: ${description}` : "is missing";
}

function examplesOf(schema: Schema): readonly unknown[] | undefined {
  return outermost(
    schema,
    (inner) => z.globalRegistry.get(inner)?.examples as unknown[] | undefined,
  );
}
