/**
 * Takes a picture of every page of the portals, on a phone and on a desk, into docs/screens:
 *
 *   npm run screens
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { findChromium, launchChromium } from "../lab/chromium.ts";
import { until } from "../lab/until.ts";
import { openPortalGallery } from "../test/support/portal-gallery.ts";
import { smallPng } from "./small-png.ts";

const FOLDER = join(import.meta.dirname, "screens");
/** The last that the scripts do to a page when it is loaded. */
const HAS_SHOW_BUTTONS =
  "[...document.querySelectorAll('[data-show-texts]')].every((input) => input.closest('.with-button'))";
const WIDTHS = [390, 1280] as const;

async function takePictures(browser: Browser): Promise<void> {
  await using gallery = await openPortalGallery();
  for (const width of WIDTHS) {
    const context = await browser.newContext({
      viewport: { width, height: 720 },
      colorScheme: "light",
      locale: "en",
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    for (const [name, address] of Object.entries(gallery.addresses)) {
      await page.goto(address);
      // Asked from here: to wait for it in the page, its policy against scripts of others would have to let us.
      await until(
        `the scripts of ${name}`,
        10_000,
        () => page.evaluate<boolean>(HAS_SHOW_BUTTONS),
        undefined,
      );
      // Focus and countdowns would differ from one time to the next.
      await page.evaluate("document.activeElement?.blur()");
      const picture = await page.screenshot({ fullPage: true, animations: "disabled" });
      const { height, pixels } = await decode(browser, picture);
      writeFileSync(join(FOLDER, `${name}.${width}.png`), smallPng(width, height, pixels));
    }
    await context.close();
  }
  writeFileSync(join(FOLDER, "README.md"), index(Object.keys(gallery.addresses)));
}

/** The browser reads pictures; nothing else here has to. */
async function decode(
  browser: Browser,
  picture: Buffer,
): Promise<{ readonly height: number; readonly pixels: Buffer }> {
  const page = await browser.newPage();
  const { height, text } = await page.evaluate<{ height: number; text: string }>(
    `(async () => {
      const bytes = Uint8Array.from(atob("${picture.toString("base64")}"), (c) => c.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
      canvas.drawImage(bitmap, 0, 0);
      const { data } = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
      const reader = new FileReader();
      const read = new Promise((resolve) => (reader.onload = () => resolve(reader.result)));
      reader.readAsDataURL(new Blob([data]));
      return { height: bitmap.height, text: (await read).split(",")[1] };
    })()`,
  );
  await page.close();
  return { height, pixels: Buffer.from(text, "base64") };
}

const index = (names: readonly string[]): string =>
  [
    "# Every page of the portals",
    "",
    "Made by `npm run screens`. Left on a phone, right on a desk; dark where the device asks for it.",
    "",
    ...names.flatMap((name) => [
      `## ${name}`,
      "",
      WIDTHS.map(
        (width) => `<img src="${name}.${width}.png" width="${width === 390 ? 200 : 520}" alt="">`,
      ).join(" "),
      "",
    ]),
  ].join("\n");

const program = findChromium();
if (program === null) throw new Error("no Chromium on this machine; install the package chromium");
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
await using browser = await launchChromium(program);
await takePictures(browser);
