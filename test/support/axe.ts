/** Checks a page with axe-core for users with disabilities (WCAG 2.2, A and AA). */
import axe from "axe-core";
import type { Page } from "playwright-core";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const WIDTHS = [390, 1280] as const;
const SCHEMES = ["light", "dark"] as const;
const HEIGHT = 800;

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Lists each violation in one line; empty for a good page. `runOnly` names rules or sets of rules. */
async function axeViolations(page: Page, runOnly: readonly string[]): Promise<string[]> {
  const violations = await page.evaluate<Violation[]>(
    `axe.run(document, { runOnly: ${JSON.stringify(runOnly)}, resultTypes: ["violations"] }).then((result) => result.violations)`,
  );
  return violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help} ${nodes.map((node) => `${node.html} ${node.failureSummary ?? ""}`).join(" | ")}`,
  );
}

/** Checks a page at phone and desktop width, light and dark, and that everything fits the width. */
export async function axeEverywhere(page: Page): Promise<string[]> {
  const found: string[] = [];
  // Runs through the debugger, because the page's policy would refuse a script.
  await page.evaluate(axe.source);
  for (const width of WIDTHS)
    for (const colorScheme of SCHEMES) {
      await page.setViewportSize({ width, height: HEIGHT });
      await page.emulateMedia({ colorScheme });
      // The dark scheme changes only colours.
      const violations = await axeViolations(page, colorScheme === "light" ? RULES : ["color-contrast"]);
      found.push(...violations.map((violation) => `${width} px, ${colorScheme}: ${violation}`));
    }
  await page.setViewportSize({ width: 320, height: HEIGHT });
  const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
  if (overflow !== 0) found.push(`320 px: ${String(overflow)} px wider than the window`);
  return found;
}
