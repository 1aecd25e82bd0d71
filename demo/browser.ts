/** Opens the portals for the demo: in a real browser when one is installed, over plain HTTP otherwise. */
import { createBrowserPortal } from "../lab/browser-portal.ts";
import { findChromium, launchChromium } from "../lab/chromium.ts";
import { createPortalClient } from "../lab/portal-client.ts";
import type { PortalDriver } from "../lab/portal-driver.ts";

export interface DemoBrowser {
  /** "Chromium 133, 390 pixels wide" or "plain HTTP: no browser is installed". */
  readonly name: string;
  /** Opens a new window without cookies. */
  newWindow(): Promise<PortalDriver>;
  close(): Promise<void>;
}

/** The size of a phone. */
const VIEWPORT = { width: 390, height: 844 };

export async function openDemoBrowser(url: string): Promise<DemoBrowser> {
  const program = findChromium();
  if (program === null)
    return {
      name: "plain HTTP, as no browser is installed",
      newWindow: () => Promise.resolve(createPortalClient({ url })),
      close: () => Promise.resolve(),
    };
  const browser = await launchChromium(program);
  return {
    name: `Chromium ${browser.version().split(".")[0] ?? ""}, ${VIEWPORT.width} pixels wide`,
    async newWindow() {
      const context = await browser.newContext({ viewport: VIEWPORT, locale: "en-GB" });
      return createBrowserPortal(await context.newPage(), url);
    },
    close: () => browser.close(),
  };
}
