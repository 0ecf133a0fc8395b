/**
 * Numbers the placeholders of statements, as PostgreSQL wants them.
 *
 * @module
 */

// Texts in quotation marks are left as they are.
const PARTS = /'[^']*'|\?(\d*)/g;

const numbered = new Map<string, string>();

/** Replaces `?` and `?1` by `$1`. A statement has placeholders of one of these kinds. */
export function numberPlaceholders(sql: string): string {
  let result = numbered.get(sql);
  if (result === undefined) {
    let count = 0;
    result = sql.replace(PARTS, (part: string, number: string | undefined) => {
      if (number === undefined) return part;
      return `$${number || ++count}`;
    });
    numbered.set(sql, result);
  }
  return result;
}
