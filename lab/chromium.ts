/** A real browser without a window, for who wants to see the portals as people do. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";

/** As tools/require.js looks for them. */
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FOLDERS = ["/usr/bin", "/usr/local/bin", "/opt/google/chrome", "/snap/bin"];

/** The browser's program; null when there is none. */
export function findChromium(): string | null {
  for (const folder of FOLDERS)
    for (const name of NAMES) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // not here
      }
    }
  return null;
}

/** Says nothing to anybody but the pages it is sent to; its profile is a temporary one that goes with it. */
export async function launchChromium(program: string): Promise<Browser> {
  // Loading it takes a quarter of a second, and most who import this never launch.
  const { chromium } = await import("playwright-core");
  return chromium.launch({
    executablePath: program,
    headless: true,
    // Who launches it closes it; and it goes by itself when the pipe to this process does.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      "--no-sandbox", // root may not have one
      "--disable-gpu",
      "--disable-quic",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}
