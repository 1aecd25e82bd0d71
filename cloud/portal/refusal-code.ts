/** Reasons why a new password or an unlock may fail. Each has a sentence in every language. */
import type { ErrorCode } from "../../shared/errors.ts";
import { VERDICT_CODES } from "../../shared/writeback.ts";

const REFUSAL_CODES = [
  ...VERDICT_CODES,
  "AGENT_OFFLINE",
  "JOB_EXPIRED",
  "JOB_CANCELLED",
  "JOB_SUPERSEDED",
  "QUEUE_FULL",
  "TIMEOUT",
  "NOT_SEALED_TO_AGENT",
  "WRITEBACK_DRAFT_INVALID",
  "RATE_LIMITED",
  "STORE_UNAVAILABLE",
] as const satisfies readonly ErrorCode[];
export type RefusalCode = (typeof REFUSAL_CODES)[number];

export const isRefusalCode = (code: string): code is RefusalCode =>
  (REFUSAL_CODES as readonly string[]).includes(code);
