/** Starts a real browser without a window, to see the portals as users do. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";

/** Program names; tools/require.js looks for the same. */
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FOLDERS = ["/usr/bin", "/usr/local/bin", "/opt/google/chrome", "/snap/bin"];

/** Finds the browser's program; null when there is none. */
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

/** Launches a browser that contacts no server except those of its pages. Its temporary profile is removed with it. */
export async function launchChromium(program: string): Promise<Browser> {
  // Imported late: loading takes a quarter of a second, and most importers never launch.
  const { chromium } = await import("playwright-core");
  return chromium.launch({
    executablePath: program,
    headless: true,
    // The caller closes it. It also ends by itself when the pipe to this process closes.
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
