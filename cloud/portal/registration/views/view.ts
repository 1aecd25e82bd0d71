/** The data from which every screen of the registration portal is rendered. */
import type { RegistrationScreen } from "../../../registration/registration-service.ts";
import type { SessionView } from "../../session-form.ts";
import type { RegistrationTexts } from "../texts/registration-texts.ts";

export interface View extends SessionView {
  readonly words: RegistrationTexts;
}

/** The screen of one step. */
export type StepScreen<Step extends RegistrationScreen["step"]> = Extract<
  RegistrationScreen,
  { readonly step: Step }
>;
