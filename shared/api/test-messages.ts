import { z } from "zod";
import { LANGUAGES } from "../language.ts";
import { CHANNELS } from "../methods.ts";
import { deliverySchema } from "./deliveries.ts";

/** A message that an administrator sends to see what the providers answer. */
export const testMessageSchema = z.strictObject({
  channel: z.enum(CHANNELS),
  /** An email address, or a number in E.164. */
  to: z.string().min(3).max(254),
  /** Name of the only provider to try; without it all are tried in order until one accepts. */
  provider: z.string().min(1).max(40).optional(),
  /** Language of the message; that of the policy without it. */
  language: z.enum(LANGUAGES).optional(),
});

export const testResultSchema = z.object({
  delivery: deliverySchema,
  /** In the order in which the providers were tried. */
  answers: z.array(
    z.object({
      provider: z.string(),
      /** taken: accepted. refused: never will be. busy: not now. doubtful: it may have been accepted. */
      answer: z.enum(["taken", "refused", "busy", "doubtful"]),
      /** The provider's own answer, without addresses. */
      said: z.string(),
    }),
  ),
});
