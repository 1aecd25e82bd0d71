/** What every screen of the registration portal is drawn with. */
import type { RegistrationScreen } from "../../../registration/registration-service.ts";
import type { PageContext } from "../../page-context.ts";
import type { SessionForm } from "../../session-form.ts";
import type { RegistrationTexts } from "../texts/registration-texts.ts";

export interface View extends PageContext {
  readonly words: RegistrationTexts;
  readonly form: SessionForm;
  /** Epoch ms. */
  readonly now: number;
}

export type StepScreen<Step extends RegistrationScreen["step"]> = Extract<
  RegistrationScreen,
  { readonly step: Step }
>;
