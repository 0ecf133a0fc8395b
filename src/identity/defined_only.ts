/**
 * Objects without the keys that have no value.
 *
 * @module
 */

/** The object without the keys whose value is `undefined`: an optional property is absent. */
export function definedOnly<Source extends object>(
  source: Source,
): { [Key in keyof Source]?: Exclude<Source[Key], undefined> } {
  const entries = Object.entries(source).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Source]?: Exclude<Source[Key], undefined> };
}
