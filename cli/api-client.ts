/**
 * The REST API for the commands: checks every answer, and throws a refusal as an AppError with the code that came with
 * it.
 */
import type { z } from "zod";
import { errorBodySchema } from "../shared/api/error-body.ts";
import { AppError, ERROR_CODES, type ErrorCode } from "../shared/errors.ts";
import { parseJson } from "../shared/parse-json.ts";
import type { Secret } from "../shared/secret.ts";
import { networkProblemOf } from "../shared/system-errors.ts";

export interface ApiCall {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path below /api/v1. Values from outside must be inserted with the tag `path`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiClient {
  call<S extends z.ZodType>(answer: S, call: ApiCall): Promise<z.infer<S>>;
}

export interface ApiClientOptions {
  readonly url: string;
  readonly apiKey: Secret;
}

/** Longer than the cloud waits for the result of a writeback. */
const TIMEOUT_MS = 45_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** path`/tenants/${id}`: encodes each value, so that none can change the address. */
export const path = (parts: TemplateStringsArray, ...values: readonly string[]): string =>
  parts.reduce((text, part, at) => text + encodeURIComponent(values[at - 1] ?? "") + part);

export function createApiClient({ url, apiKey }: ApiClientOptions): ApiClient {
  return {
    async call(answer, { method = "GET", path: below, query = {}, body, headers = {} }) {
      const address = new URL(`${url.replace(/\/+$/, "")}/api/v1${below}`);
      for (const [name, value] of Object.entries(query))
        if (value !== undefined) address.searchParams.set(name, String(value));
      let response: Response;
      let text: string;
      try {
        response = await fetch(address, {
          method,
          headers: {
            authorization: `Bearer ${apiKey.reveal()}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          redirect: "error", // never send the key to another address
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        text = await readBounded(response);
      } catch (error) {
        throw failureOf(error, url);
      }
      if (!response.ok) throw refusalOf(response.status, text, url);
      const parsed = answer.safeParse(parseJson(text));
      if (!parsed.success)
        throw new AppError(
          "INTERNAL",
          `The answer of ${url} is not one that a Latchkey cloud of this version gives. Check LATCHKEY_URL.`,
          { cause: parsed.error },
        );
      return parsed.data;
    },
  };
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES)
      throw new Error(`the answer is larger than ${MAX_ANSWER_BYTES / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function refusalOf(status: number, text: string, url: string): AppError {
  const { data } = errorBodySchema.safeParse(parseJson(text));
  if (data === undefined)
    return new AppError(
      status < 500 ? "NOT_FOUND" : "CLOUD_UNREACHABLE",
      `${url} answered with HTTP status ${status}, and not as a Latchkey cloud. Check LATCHKEY_URL.`,
    );
  const details = { ...data.details, requestId: data.requestId };
  return isKnown(data.code)
    ? new AppError(data.code, data.message, { details })
    : new AppError("INTERNAL", `${data.message} [${data.code}] ${data.fix}`, { details });
}

const isKnown = (code: string): code is ErrorCode => (ERROR_CODES as readonly string[]).includes(code);

function failureOf(error: unknown, url: string): AppError {
  const problem = networkProblemOf(error);
  if (problem?.layer === "certificate")
    return new AppError(
      "CLOUD_CERTIFICATE_INVALID",
      `The TLS certificate of ${url} is not trusted: ${problem.reason}.`,
      { cause: error },
    );
  const reason =
    error instanceof Error && error.name === "TimeoutError"
      ? `there was no answer within ${TIMEOUT_MS / 1000} s`
      : (problem?.reason ?? "the connection failed");
  return new AppError("CLOUD_UNREACHABLE", `The API at ${url} cannot be reached: ${reason}.`, {
    cause: error,
  });
}
