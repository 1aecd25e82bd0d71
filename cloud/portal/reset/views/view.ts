/** What each view gets: its own step alone, and what is not the service's to know. */
import type { ResetScreen } from "../../../reset/reset-service.ts";

export interface ScreenFacts {
  readonly csrf: string;
  /** Epoch ms. */
  readonly now: number;
  /** Can anything be reset now? */
  readonly available: boolean;
  /** The method of the form that was just refused, to have it chosen again; as it came. */
  readonly chosen: string | null;
}

/** The screen of one step. */
export type StepScreen<Step extends ResetScreen["step"]> = Extract<ResetScreen, { step: Step }>;
