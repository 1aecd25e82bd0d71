/** The data from which every screen of the reset portal is rendered. */
import type { ResetScreen } from "../../../reset/reset-service.ts";
import type { CaptchaQuestion } from "../../captcha.ts";
import type { SessionView } from "../../session-form.ts";

export interface View extends SessionView {
  /** False while no agent can reset or unlock anything. */
  readonly isAvailable: boolean;
  /** Method of the form that was just refused, exactly as the request named it; it is selected again. */
  readonly chosenMethod: string | null;
  /** The captcha's question, for forms that check a code after several wrong ones. */
  readonly question: CaptchaQuestion;
}

/** The screen of one step. */
export type StepScreen<Step extends ResetScreen["step"]> = Extract<ResetScreen, { readonly step: Step }>;
