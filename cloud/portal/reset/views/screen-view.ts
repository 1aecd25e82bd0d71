/** Chooses the page for a screen. Each page receives only the screen of its own step. */
import type { ResetScreen } from "../../../reset/reset-service.ts";
import type { Page } from "../../layout.ts";
import { choosePage } from "./choose-view.ts";
import { codePage, enterPage } from "./code-views.ts";
import { blockedPage, donePage, impossiblePage, unclearPage } from "./outcome-views.ts";
import { passwordPage, pausedPage, unlockPage, waitingPage } from "./password-views.ts";
import { questionsPage } from "./questions-view.ts";
import { reasonPage } from "./reason-view.ts";
import type { View } from "./view.ts";

export function screenPage(view: View, screen: ResetScreen): Page {
  return { ...stepPage(view, screen), screen: screen.step, failed: screen.problem !== null };
}

function stepPage(view: View, screen: ResetScreen): Page {
  switch (screen.step) {
    case "reason":
      return reasonPage(view, screen);
    case "choose":
      return choosePage(view, screen);
    case "code":
      return codePage(view, screen);
    case "enter":
      return enterPage(view, screen);
    case "questions":
      return questionsPage(view, screen);
    case "password":
      return passwordPage(view, screen);
    case "unlock":
      return unlockPage(view, screen);
    case "paused":
      return pausedPage(view, screen);
    case "waiting":
      return waitingPage(view, screen);
    case "done":
      return donePage(view, screen);
    case "unclear":
      return unclearPage(view, screen);
    case "impossible":
      return impossiblePage(view, screen);
    case "blocked":
      return blockedPage(view, screen);
  }
}
