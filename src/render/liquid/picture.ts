/**
 * Pictures that mail clients show: PNG, JPEG and GIF, known by their bytes.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** A picture, and its size in pixels. */
export interface Picture {
  /** Its media type. */
  readonly mediaType: "image/png" | "image/jpeg" | "image/gif";
  /** At least 1. */
  readonly width: number;
  /** At least 1. */
  readonly height: number;
  /** The file's content. */
  readonly bytes: Uint8Array;
}

/** The largest picture that is taken, in bytes: it goes along with each mail. */
export const LARGEST_PICTURE = 100 * 1024;

// A side of nothing but one colour takes next to no bytes, until it is drawn.
const MOST_PIXELS = 4096;

/** The picture in a file, or why it is none, in words that fit after the file's name. */
export function parsePicture(bytes: Uint8Array): Picture | string {
  if (bytes.length > LARGEST_PICTURE) {
    return `is larger than ${LARGEST_PICTURE / 1024} KiB: make it smaller, it goes with each mail`;
  }
  const buffer = Buffer.from(bytes);
  const read = FORMATS.find(({ magic }) => buffer.toString("latin1", 0, 16).startsWith(magic));
  if (read === undefined) {
    return /^\s*(?:<\?xml|<!--|<svg|<!DOCTYPE svg)/i.test(buffer.toString("utf8", 0, 200))
      ? "is an SVG picture, which most mail clients do not show: save it as PNG"
      : "is no PNG, JPEG or GIF picture";
  }
  const size = read.size(buffer);
  if (size === undefined || size.width < 1 || size.height < 1) {
    return "is a broken picture: its size cannot be read";
  }
  if (size.width > MOST_PIXELS || size.height > MOST_PIXELS) {
    return `is larger than ${MOST_PIXELS} pixels: make it smaller, mail clients unpack all of it`;
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

// ITU-T T.81, section B.2.2: the size stands in the frame's header, behind segments of any kind.
function sizeOfJpeg(bytes: Buffer): Size | undefined {
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xFF) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xFF) {
      at += 1; // a filling byte
    } else if (marker >= 0xC0 && marker <= 0xCF && ![0xC4, 0xC8, 0xCC].includes(marker)) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    } else {
      at += 2 + bytes.readUInt16BE(at + 2);
    }
  }
  return undefined;
}
