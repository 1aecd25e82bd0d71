import { z } from "zod";

/** What every refusal of the API looks like. `code` is one of shared/errors.ts, or of a newer one's. */
export const errorBodySchema = z.object({
  code: z.string().max(64),
  /** What happened, for a person. */
  message: z.string().max(8192),
  /** What to do about it. */
  fix: z.string().max(1024),
  /** The line of the cloud's log that belongs to it. */
  requestId: z.string().max(64),
  details: z.record(z.string(), z.unknown()),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;
