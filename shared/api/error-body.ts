import { z } from "zod";

/** The body of every error answer of the API. `code` is in shared/errors.ts, or in that of a newer version. */
export const errorBodySchema = z.object({
  code: z.string().max(64),
  /** Says what failed and why, for people. */
  message: z.string().max(8192),
  /** Says what to do about it. */
  fix: z.string().max(1024),
  /** Finds the request in the cloud's log. */
  requestId: z.string().max(64),
  details: z.record(z.string(), z.unknown()),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;
