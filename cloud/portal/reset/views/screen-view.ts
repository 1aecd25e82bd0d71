/** Which page shows which screen. Each view gets its own step alone. */
import type { ResetScreen } from "../../../reset/reset-service.ts";
import type { Page } from "../../layout.ts";
import type { PageContext } from "../../page-context.ts";
import { choosePage } from "./choose-view.ts";
import { codePage, enterPage } from "./code-views.ts";
import { blockedPage, donePage, impossiblePage, unclearPage } from "./outcome-views.ts";
import { passwordPage, unlockPage, waitingPage } from "./password-views.ts";
import { questionsPage } from "./questions-view.ts";
import { reasonPage } from "./reason-view.ts";
import type { ScreenFacts } from "./view.ts";

export function screenPage(context: PageContext, screen: ResetScreen, facts: ScreenFacts): Page {
  const page = stepPage(context, screen, facts);
  return { ...page, screen: screen.step, failed: screen.problem !== null };
}

function stepPage(context: PageContext, screen: ResetScreen, facts: ScreenFacts): Page {
  switch (screen.step) {
    case "reason":
      return reasonPage(context, screen, facts);
    case "choose":
      return choosePage(context, screen, facts);
    case "code":
      return codePage(context, screen, facts);
    case "enter":
      return enterPage(context, screen, facts);
    case "questions":
      return questionsPage(context, screen, facts);
    case "password":
      return passwordPage(context, screen, facts);
    case "unlock":
      return unlockPage(context, screen, facts);
    case "waiting":
      return waitingPage(context, screen);
    case "done":
      return donePage(context, screen, facts);
    case "unclear":
      return unclearPage(context, screen, facts);
    case "impossible":
      return impossiblePage(context, screen, facts);
    case "blocked":
      return blockedPage(context, screen, facts);
  }
}
