/**
 * Recognises pictures that mail clients show, PNG, JPEG and GIF, by their content.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** A picture, and its size in pixels. */
export interface Picture {
  readonly mediaType: "image/png" | "image/jpeg" | "image/gif";
  /** At least 1. */
  readonly width: number;
  /** At least 1. */
  readonly height: number;
  /** The file's content. */
  readonly bytes: Uint8Array;
}

/** Larger pictures are refused, as they are sent with every mail. */
export const MAX_PICTURE_BYTES = 100 * 1024;

// Of the width and of the height. A large area of one colour needs few bytes until it is unpacked.
const MAX_PIXELS = 4096;

/** Parses a picture. The result is the reason, to follow the file's name, if it cannot be used. */
export function parsePicture(bytes: Uint8Array): Picture | string {
  if (bytes.length > MAX_PICTURE_BYTES) {
    return `is larger than ${
      MAX_PICTURE_BYTES / 1024
    } KiB: make it smaller, it is sent with each email`;
  }
  const buffer = Buffer.from(bytes);
  const read = FORMATS.find(({ magic }) => buffer.toString("latin1", 0, 16).startsWith(magic));
  if (read === undefined) {
    return /^\s*(?:<\?xml|<!--|<svg|<!DOCTYPE svg)/i.test(buffer.toString("utf8", 0, 200))
      ? "is an SVG picture, which most mail clients do not show: save it as PNG"
      : "is not a PNG, JPEG or GIF picture";
  }
  const size = read.size(buffer);
  if (size === undefined || size.width < 1 || size.height < 1) {
    return "is a broken picture: its size cannot be read";
  }
  if (size.width > MAX_PIXELS || size.height > MAX_PIXELS) {
    return `is larger than ${MAX_PIXELS} pixels: make it smaller, mail clients unpack all of it`;
  }
  return { mediaType: read.mediaType, ...size, bytes };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Format {
  readonly mediaType: Picture["mediaType"];
  readonly magic: string;
  readonly size: (bytes: Buffer) => Size | undefined;
}

const FORMATS: readonly Format[] = [
  { mediaType: "image/png", magic: "\x89PNG\r\n\x1A\n", size: sizeOfPng },
  { mediaType: "image/jpeg", magic: "\xFF\xD8\xFF", size: sizeOfJpeg },
  { mediaType: "image/gif", magic: "GIF87a", size: sizeOfGif },
  { mediaType: "image/gif", magic: "GIF89a", size: sizeOfGif },
];

// ISO/IEC 15948, section 11.2.1: the header is the first chunk.
function sizeOfPng(bytes: Buffer): Size | undefined {
  if (bytes.length < 33 || bytes.toString("latin1", 12, 16) !== "IHDR") return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

function sizeOfGif(bytes: Buffer): Size | undefined {
  if (bytes.length < 14) return undefined;
  return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
}

// ITU-T T.81, section B.2.2: the size is in the frame's header, after segments of any kind.
function sizeOfJpeg(bytes: Buffer): Size | undefined {
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xFF) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xFF) {
      at += 1; // a fill byte
    } else if (marker >= 0xC0 && marker <= 0xCF && ![0xC4, 0xC8, 0xCC].includes(marker)) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    } else {
      at += 2 + bytes.readUInt16BE(at + 2);
    }
  }
  return undefined;
}
