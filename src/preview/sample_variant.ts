/**
 * Settings of samples that show what a setting does.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { SAMPLES } from "../render/samples.ts";

/**
 * The settings for a sample: changed where the sample is there to show a setting. The
 * organisation's own brand stays, whatever the sample has.
 */
export function variantFor(sample: string, settings: Settings): Settings {
  const { notify } = settings;
  switch (sample) {
    case "names":
    case "minimal":
      return { ...settings, notify: { ...notify, content: sample } };
    case "branded":
      return hasBrand(settings)
        ? settings
        : { ...settings, notify: { ...notify, brand: sampleBrand() } };
    default:
      return settings;
  }
}

function hasBrand({ notify: { brand } }: Settings): boolean {
  const { product, ...others } = brand;
  return product !== "Matrix" || Object.values(others).some(Boolean);
}

// The logo is not in a file: the renderer of samples has it.
function sampleBrand(): Settings["notify"]["brand"] {
  const { product = "", color = "", footer = "", support = "", imprint = "", register = "" } =
    SAMPLES.branded?.brand ?? {};
  return { product, logo: "sample", color, footer, support, imprint, register };
}
