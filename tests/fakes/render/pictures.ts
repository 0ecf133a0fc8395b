/**
 * Pictures of any size, as the beginnings of their files say; a character per octet.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** A PNG file of nothing but its header. */
export function png(width: number, height: number): string {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  const header = `\0\0\0\rIHDR${size.toString("latin1")}\x08\x06\0\0\0\0\0\0\0`;
  return `\x89PNG\r\n\x1A\n${header}`;
}

/** A GIF file of nothing but its header. */
export function gif(width: number, height: number): string {
  const size = Buffer.alloc(4);
  size.writeUInt16LE(width, 0);
  size.writeUInt16LE(height, 2);
  return `GIF89a${size.toString("latin1")}\0\0\0;`;
}

/** A JPEG file of its first segments: the application's, a table's, and the frame's. */
export function jpeg(width: number, height: number): string {
  const size = Buffer.alloc(4);
  size.writeUInt16BE(height, 0);
  size.writeUInt16BE(width, 2);
  const before = "\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xFF\xFF\xC4\0\x04ab";
  return `${before}\xFF\xC2\0\x11\x08${size.toString("latin1")}\x03\x01\x22\0\xFF\xD9`;
}

/** The file's octets. */
export function octets(file: string): Uint8Array {
  return Uint8Array.from(file, (character) => character.charCodeAt(0));
}
