/**
 * What mxisd's pages on directories and on authentication tell to write, for `ldap` as for `netiq`.
 *
 * @module
 */

/** Where a directory is, and who looks. */
export interface DirectoryPlace {
  readonly host: string;
  readonly port: number;
  readonly bindDn: string;
  readonly bindPassword: string;
  readonly baseDn: string;
}

/** The bare minimum, with one base DN in a list. */
export function basicDirectory(section: "ldap" | "netiq", place: DirectoryPlace): string {
  return `${section}:
  enabled: true
  connection:
    host: '${place.host}'
    port: ${place.port}
    bindDn: '${place.bindDn}'
    bindPassword: '${place.bindPassword}'
    baseDNs:
      - '${place.baseDn}'
`;
}

/** The mappings of a native directory: all of them, and what other features want. */
export const MAPPINGS = `  attribute:
    uid:
      type: 'uid'
      value: 'uid'
    name: 'cn'
    threepid:
      email:
        - 'mail'
        - 'description'
      msisdn:
        - 'telephoneNumber'
        - 'mobile'
      kmx.employee.id:
        - 'employeeNumber'
  identity:
    filter: '(objectClass=person)'
    medium:
      email: '(mail=%3pid)'
  auth:
    filter: '(objectClass=person)'
  directory:
    filter: '(objectClass=person)'
    attribute:
      other:
        - 'employeeType'
        - 'ou'
`;
