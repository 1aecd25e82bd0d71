/** One proof of identity, as stored in the record of a visit. */
import { z } from "zod";
import { METHODS } from "../../shared/methods.ts";

/** `factor`: the thing whose possession or knowledge the method proves. Two proofs must be of two factors (people/usable-methods.ts). */
export const proofSchema = z.strictObject({ method: z.enum(METHODS), factor: z.string().max(32) });
export type Proof = z.infer<typeof proofSchema>;
