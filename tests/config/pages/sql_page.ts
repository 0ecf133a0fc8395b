/**
 * What mxisd's page on databases tells to write.
 *
 * @module
 */

/** Everything that the page shows, for whichever database. */
export function sqlPage(type: string, connection: string): string {
  return `sql:
  enabled: true
  type: '${type}'
  connection: ${connection}
  directory:
    enabled: false
    query:
      name:
        type: 'localpart'
        value: 'SELECT login, name FROM people WHERE name LIKE ?'
      threepid:
        type: 'localpart'
        value: 'SELECT login, name FROM people WHERE mail LIKE ?'
  identity:
    enabled: true
    type: 'mxid'
    query: 'SELECT id AS uid FROM people WHERE ? = ?'
    medium:
      email: 'SELECT id AS uid FROM people WHERE mail = ?'
  profile:
    enabled: true
    displayName:
      query: 'SELECT name FROM people WHERE id = ?'
    threepid:
      query: "SELECT 'email' AS medium, mail AS address FROM people WHERE id = ?"
    role:
      type: 'localpart'
      query: 'SELECT department FROM people WHERE login = ?'
`;
}
