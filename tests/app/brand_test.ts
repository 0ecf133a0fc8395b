import assert from "node:assert/strict";
import { brandOf, openLogo } from "../../src/app/brand.ts";
import type { Settings } from "../../src/config/sections/settings.ts";
import { RenderError } from "../../src/render/port.ts";
import { loaded } from "../config/configuration.ts";
import { octets, png } from "../fakes/render/pictures.ts";
import { makePipe } from "../fakes/system/named_pipe.ts";

async function withLogo(logo: string): Promise<Settings> {
  const { settings } = await loaded("notify: { brand: { product: Chat } }");
  const { notify } = settings;
  return { ...settings, notify: { ...notify, brand: { ...notify.brand, logo } } };
}

Deno.test("without a logo nothing is attached", async () => {
  const { settings } = await loaded("notify: { brand: { product: Chat } }");
  assert.equal(openLogo(settings), undefined);
  assert.equal(brandOf(settings).logo, "");
  assert.equal(brandOf(settings).product, "Chat");
});

Deno.test("a logo is read, and the template shows what was read", async () => {
  const file = await Deno.makeTempFile({ suffix: ".png" });
  try {
    await Deno.writeFile(file, octets(png(30, 20)));
    const settings = await withLogo(file);
    const logo = openLogo(settings);
    assert.equal(logo?.picture.width, 30);
    assert.equal(brandOf(settings).logo, `cid:${logo?.contentId}`);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("a logo that is a pipe without a writer is refused at once", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await makePipe(`${folder}/logo.png`);
    const settings = await withLogo(`${folder}/logo.png`);
    assert.throws(() => openLogo(settings), /logo\.png" cannot be read: it is not a regular file$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a file that is not a picture is an error that names the file", async () => {
  const file = new URL(import.meta.url).pathname;
  const settings = await withLogo(file);
  assert.throws(
    () => openLogo(settings),
    (error) => error instanceof RenderError && error.message.startsWith(`${file} is not a PNG`),
  );
  for (const [other, why] of [["/dev/zero", "not a regular file"], ["/tmp", "a folder"]] as const) {
    const wrong = await withLogo(other);
    assert.throws(
      () => openLogo(wrong),
      new RegExp(`^RenderError: "${other}" cannot be read: it is ${why}`),
    );
  }
  const missing = await withLogo("/missing/logo.png");
  assert.throws(
    () => openLogo(missing),
    /"\/missing\/logo\.png" cannot be read: it does not exist$/,
  );
});
