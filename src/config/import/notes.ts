/**
 * What is to be known about an imported configuration.
 *
 * @module
 */

import type { Settings } from "../sections/settings.ts";
import { transportKind } from "../sections/transport_kind.ts";
import type { Problem } from "../source/problem.ts";
import type { Comment } from "./write_yaml.ts";

/** Something to know about a key. */
export interface Note {
  readonly key: string;
  readonly message: string;
}

/** What settings that are the same do otherwise than in mxisd. */
export function noteDifferences(settings: Settings): readonly Note[] {
  const notes: Note[] = [];
  const { smtp } = settings.threepid.medium.email.connectors;
  if (transportKind(settings) === "smtp" && smtp.tls === 1 && smtp.login) {
    const message = "the login is no longer sent in the clear where the mail server does not " +
      "offer STARTTLS: 0 allows that";
    notes.push({ key: "threepid.medium.email.connectors.smtp.tls", message });
  }
  return notes;
}

/** The comment before a key that something is to be known or decided about. */
export function commentOn(
  { key, message, severity }: Pick<Problem, "key" | "message" | "severity">,
): Comment[] {
  if (key === "") return [];
  const path = key.split(/\.|\[(\d+)\]/).filter((step) => step !== undefined && step !== "")
    .map((step) => /^\d+$/.test(step) ? Number(step) : step);
  return [{ path, label: severity === "notice" ? "Note" : "Decide", text: message }];
}
