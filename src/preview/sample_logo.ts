/**
 * The logo of the sample that shows a brand.
 *
 * @module
 */

import type { Picture } from "../render/liquid/picture.ts";

// A speech bubble and "Corp Chat", in white on the colour, so that it suits light and dark; drawn at
// twice the size.
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAUAAAABQBAMAAACaH7G2AAAAMFBMVEX////u3+jevtDNnrm8faKrXYubPHOKHF" +
  "yKHFyKHFyKHFyKHFyKHFyKHFyKHFyKHFyjeN5FAAAAEHRSTlP//////////wAkSW2Sttv/YhQf4gAABNpJREFU" +
  "eNrVm79z2zYUx0FStlcql1qrVPXKVakca1X847Q6F1+0JnVzXC2TBP8FuU3a1VO7ZsuarWu2rJ3auUPOa65JzB" +
  "LAIwiAhE2WzvUFgyzyCPAD4L3ve4Bgsmblxz8vU2Tl6t1LjkbYx/Msy7AB5khvCsCfMpyA2WsA/Asr4CcB+GuG" +
  "FTD7mwGeX+IFvLrIAV9keAGzP3LA3zEDfliT8wwzYHZBnuMGfEN+wQ34nrzCDfgPeYsb8CO5xA14hR8www2YEe" +
  "3unk+M4nzzP4OqgHRCaooXogE8IrVlAwtgRCxlgQTwyAbYwwGYEGtZogA8swMGKACf2AE3UQDO7YA9FIBDO6Br" +
  "VEoOpof/SR1/2N95zL/kAWHQFpBcU/Q6e/ze/dZ4yYj3dnEtYDKdTsNugA/g5ldt+fxSV+2AkaEa7QGfyhjYjo" +
  "8OFVH4jIClXLYEfEpuB7AvkhhfuSCVgO2MR20BKW/xznfDjoAzLtiecOpZod5KBR9kJxkC4LHu0cdTaD7ZP1Rf" +
  "fFYo/iMJmD8BNZ8dF+59E6An9GbGG/Sk+JTPx2z8eAN0zK8ZsMPTiVX+JX2YU1DWt+/zj7vGyAs9jQAw8mEWYj" +
  "FdhXvzsmUB3BQhJe8YlRca4BM9/wLP5MgMkPWfA943Y6SvpUUMkFfdVtIoN7wZcMBf5Ig2xIUOOOczXwk/PQCc" +
  "FIAjQ+HZPUfDvSOfkHne4BYA2ZSHNS69KB4FQDOVjPWRL5cWoQDsg4F1nmJfC3yMyT0YioorcHwBKG4PVOccGI" +
  "Bj4Yhp5B4yp+NDfI+R9vv9gQXQFYMUcCdxa5xE1785Nz8qrJ0D7qbJkoocktlnT3ViA/BbPqz5q+KweGLZRGYi" +
  "wTCRFyZgT5vwnvBQRwBuFPbmCXxXHWvdZRwjJCfCIjoKNdUBwVhW3JYkAwVbOVX8YqU7FwzuUDE2CvPdMdRpgA" +
  "nMm5idVdE0ld5W1qyO4KYA5Mnwydd+IUu3AOhpgAF4wEIIdQEYAHdotcGtEvCBEqW7AmpeHMO8RfxvLeBSAdzS" +
  "mhlIwIg0AvTtfI5FB1uMYKwbrwY4bwbYLOWfq7ak2qABaNpgNZKUgMxsHhfdsgM2WzSdahEB5u208OISEETe0f" +
  "q/qAUE901uAmy27Iy0bAbUYl7ooKNp0UQd+yPpXlGgAyoCGAhbWHZZuPuQdvB8kJGFSiQpAeF2T2+eLWMe+TWA" +
  "M9GDoLTrKiC1A4aVLTDIqJmVeQf3ZCwuAfPbE01ZREbt6Bm1nOJeegIjwXvX7y9qNo/mjdbtsbomMbMZx+zq8v" +
  "o1iXASnvPKqfIh5LbYfptpi4aH6qLJzAcl4Kiy4qe+DVA04gHgkRWw4QamXD5ulG+VGbUE3PUru06R0uEaoZ7B" +
  "87EdkNZKoWtuclCxszBO69YkMuyfVfd0Yj6szq6pg3xS7qZFh05GNsA02asGkXHN5mByMN1Zlss4c59GCNvJdK" +
  "dS8Xh/Wrtj8mx/p8ketQzI2902pGjFbm9pE11Nq1EDBsgBvRQ54AI5YPffbT4z4BI54HaKq5iATogcMEixAeo/" +
  "aLtowOQP2vqRgBk2wC/gzAL6YynoD/agPxqF/nAZ+uN567eYAT+uyfpn7EdE0R+yXf+G/Jjy+hzvQe8LOCp/iR" +
  "Pw6vWX8s8GqP9d418wTA6bK23DngAAAABJRU5ErkJggg==";

/** The logo, for organisations that have not configured their own. */
export function sampleLogo(): Picture {
  return { mediaType: "image/png", width: 320, height: 80, bytes: Uint8Array.fromBase64(PNG) };
}
