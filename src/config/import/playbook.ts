/**
 * Finds the configuration of ma1sd among variables of the Ansible playbook matrix-docker-ansible-deploy.
 *
 * @module
 */

import { printable } from "../../text/printable.ts";
import { isSection, type Node, nodeAt, putNode, type Section, textAt } from "../source/node.ts";
import type { Report } from "../source/report.ts";

/** What a file of variables says. */
export interface Playbook {
  /** The configuration's keys, with the extension in them. */
  readonly root: Section;
  /** The text of a template that stands in a variable. */
  readonly template?: string | undefined;
}

/** Reads a text of the file as YAML, and reports what is wrong with it at a variable. */
export type ReadText = (variable: string, text: string) => Section | undefined;

const PREFIX = /^matrix_(?:ma1sd|mxisd)_/;
const SMTP = "threepid.medium.email.connectors.smtp";

// Variables that stand for one key each, where the whole configuration is not among them.
const KEYS: Readonly<Record<string, string>> = {
  sqlite_database_path_in_container: "storage.provider.sqlite.database",
  threepid_medium_email_identity_from: "threepid.medium.email.identity.from",
  threepid_medium_email_connectors_smtp_host: `${SMTP}.host`,
  threepid_medium_email_connectors_smtp_port: `${SMTP}.port`,
  threepid_medium_email_connectors_smtp_tls: `${SMTP}.tls`,
  threepid_medium_email_connectors_smtp_login: `${SMTP}.login`,
  threepid_medium_email_connectors_smtp_password: `${SMTP}.password`,
  synapsesql_enabled: "synapseSql.enabled",
  synapsesql_type: "synapseSql.type",
  synapsesql_connection: "synapseSql.connection",
};
const TEMPLATE = "threepid_medium_email_custom_matrixid_template";

/**
 * The configuration in a file of variables, `undefined` when the file is not one. Variables have to be
 * rendered, as `ansible -m debug` prints them.
 */
export function readPlaybook(
  variables: Section,
  report: Report,
  readText: ReadText,
): Playbook | undefined {
  const names = Object.keys(variables).filter((name) => PREFIX.test(name));
  if (names.length === 0) return undefined;
  const find = (rest: string) => names.find((name) => name.replace(PREFIX, "") === rest);
  for (const name of [...names, "matrix_domain"]) {
    const text = textAt(variables, [name]);
    if (text === undefined || !/\{\{|\{%/.test(text)) continue;
    const message = "has expressions of Ansible: pass the file that the playbook wrote " +
      "(/matrix/ma1sd/config/ma1sd.yaml), or the variable as ansible -m debug prints it";
    report.add("error", [name], message);
  }
  if (report.refused) return { root: {} };
  const section = (rest: string): Section | undefined => {
    const name = find(rest);
    const node = name === undefined ? undefined : variables[name];
    if (isSection(node)) return node;
    const text = name === undefined ? undefined : textAt(variables, [name]);
    return name === undefined || text === undefined ? undefined : readText(name, text);
  };
  const whole = section("configuration") ?? section("configuration_yaml");
  const root = whole ?? fromVariables(variables, find);
  const extension = section("configuration_extension") ?? section("configuration_extension_yaml");
  if (extension) merge(root, extension);
  const template = find(TEMPLATE);
  const text = template === undefined ? "" : textAt(variables, [template]) ?? "";
  return { root, template: text.trim() === "" ? undefined : text };
}

function fromVariables(variables: Section, find: (rest: string) => string | undefined): Section {
  const root: Section = {};
  const put = (key: string, node: Node | undefined) => {
    if (node !== undefined) putNode(root, key.split("."), node);
  };
  put("matrix.domain", variables.matrix_domain);
  for (const [rest, key] of Object.entries(KEYS)) {
    const name = find(rest);
    if (name !== undefined) put(key, variables[name]);
  }
  return root;
}

// As Ansible's combine(recursive=True): sections are merged, other values replaced.
function merge(root: Section, extension: Section): void {
  for (const [name, node] of Object.entries(extension)) {
    const before = nodeAt(root, [name]);
    if (isSection(before) && isSection(node)) merge(before, node);
    else root[name] = node;
  }
}

/** What `ansible -m debug` prints before a variable, replaced by spaces so that columns stay. */
export function withoutAnsibleHead(text: string): string {
  return text.replace(/^\S+ \| SUCCESS => /, (head) => " ".repeat(head.length));
}

/** The name of a text that stands in a variable of a file. */
export function variableFile(file: string, variable: string): string {
  return `${file} (${printable(variable)})`;
}
