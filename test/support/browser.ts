/** Shares one real browser in the whole run, with pages that share nothing. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { findChromium, launchChromium } from "../../lab/chromium.ts";
import { atEndOfRun, once } from "./teardown.ts";

const sharedBrowser = once(async (): Promise<Browser> => {
  const program = findChromium();
  if (program === null) throw new Error("no Chromium on this machine; install the package chromium");
  const browser = await launchChromium(program);
  atEndOfRun(() => browser.close());
  return browser;
});

export interface BrowserTab extends AsyncDisposable {
  readonly page: Page;
  /** Uncaught errors of the page, including what its policy refused. */
  readonly errors: readonly string[];
}

export async function openTab(options: BrowserContextOptions = {}): Promise<BrowserTab> {
  const browser = await sharedBrowser();
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  return { page, errors, [Symbol.asyncDispose]: () => context.close() };
}
