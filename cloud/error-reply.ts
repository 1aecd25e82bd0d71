/** Turns whatever a request throws into the one error body of shared/api/error-body.ts. */
import { z } from "zod";
import type { ErrorBody } from "../shared/api/error-body.ts";
import { AppError } from "../shared/errors.ts";

const fastifyErrorSchema = z.object({ code: z.string(), statusCode: z.number(), message: z.string() });

/** Turns unknown errors into INTERNAL; their cause is for the log only. */
export function toRequestError(error: unknown, bodyLimit: number): AppError {
  if (error instanceof AppError) return error;
  const { data } = fastifyErrorSchema.safeParse(error);
  if (data?.code === "FST_ERR_CTP_BODY_TOO_LARGE")
    return new AppError("REQUEST_TOO_LARGE", `The body is larger than ${bodyLimit} bytes.`);
  // Fastify's messages about a request that it cannot read (no JSON, wrong length, bad URL) describe only the request.
  if (data?.code.startsWith("FST_ERR_") === true && data.statusCode < 500)
    return new AppError("REQUEST_INVALID", `The request cannot be read: ${data.message.slice(0, 200)}`);
  return new AppError("INTERNAL", undefined, { cause: error });
}

/**
 * Keeps the details of our own faults (INTERNAL, damaged records) out of the answer. The log has them under the
 * request id.
 */
export function toErrorBody(error: AppError, requestId: string): ErrorBody {
  const isOurs = error.info.exit === 1;
  return {
    code: error.code,
    message: (isOurs ? error.info.meaning : error.message).slice(0, 8192),
    fix: error.info.fix,
    requestId,
    details: isOurs ? {} : { ...error.details },
  };
}
