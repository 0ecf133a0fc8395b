/**
 * Samples that show what a setting does.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { SAMPLES } from "../render/samples.ts";

/**
 * The settings that a sample is shown with: with those of its own where it is there to show them. A
 * brand of the organisation's stays, whatever the sample has.
 */
export function variantFor(sample: string, settings: Settings): Settings {
  const { notify } = settings;
  switch (sample) {
    case "names":
    case "minimal":
      return { ...settings, notify: { ...notify, content: sample } };
    case "branded":
      return hasBrand(settings) ? settings : { ...settings, notify: { ...notify, brand: own() } };
    default:
      return settings;
  }
}

function hasBrand({ notify: { brand } }: Settings): boolean {
  const { product, ...others } = brand;
  return product !== "Matrix" || Object.values(others).some(Boolean);
}

// The sample's logo is in no file.
function own(): Settings["notify"]["brand"] {
  const { product = "", color = "", footer = "", support = "", imprint = "", register = "" } =
    SAMPLES.branded?.brand ?? {};
  return { product, color, footer, support, imprint, register };
}
