/** Drives the portals in a real browser. */
import type { Locator, Page } from "playwright-core";
import type { PortalDriver } from "./portal-driver.ts";

export function createBrowserPortal(page: Page, url: string): PortalDriver {
  const formTo = (action: string, values: Readonly<Record<string, string>> = {}): Locator =>
    Object.entries(values)
      .reduce(
        (forms, [name, value]) =>
          forms.filter({
            has: page.locator(
              `[name="${name}"]:not([type="hidden"]), [type="hidden"][name="${name}"][value="${value}"]`,
            ),
          }),
        page.locator(`form[action="${action}"]`),
      )
      .first();
  const text = async (): Promise<string> =>
    (await page.locator("body").innerText()).replace(/\s+/g, " ").trim();
  return {
    async open(path) {
      await page.goto(new URL(path, url).href);
    },
    async submit(action, values = {}, press) {
      const form = formTo(action, values);
      await form.waitFor({ state: "attached" }).catch(async (cause: unknown) => {
        throw new Error(`the page has no form to ${action}: ${await text()}`, { cause });
      });
      // Opens a folded part of the page first, like a user.
      const folded = page.locator("details:not([open])", { has: form }).locator("summary");
      if ((await folded.count()) > 0) await folded.click();
      for (const [name, value] of Object.entries(values)) {
        const field = form.locator(`[name="${name}"]:not([type="hidden"])`).first();
        if ((await field.count()) === 0) continue;
        if ((await field.getAttribute("type")) === "radio")
          await form.locator(`[type="radio"][name="${name}"][value="${value}"]`).check();
        else await field.fill(value);
      }
      const button = press === undefined ? "button:not([type=button])" : `button[value="${press}"]`;
      await Promise.all([page.waitForEvent("load"), form.locator(button).first().click()]);
    },
    screen: async () => (await page.locator("main").getAttribute("data-screen")) ?? "",
    html: () => page.content(),
    text,
    has: async (action) => (await formTo(action).count()) > 0,
  };
}
