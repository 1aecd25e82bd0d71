/** The REST API as the commands see it: parsed answers, refusals as AppErrors with the code they came with. */
import type { z } from "zod";
import { errorBodySchema } from "../shared/api/error-body.ts";
import { AppError, ERROR_CODES, type ErrorCode } from "../shared/errors.ts";
import { parseJson } from "../shared/parse-json.ts";
import type { Secret } from "../shared/secret.ts";

export interface ApiCall {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below /api/v1; parts from outside go through `path`. */
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

/** Longer than the longest the cloud waits for a verdict. */
const TIMEOUT_MS = 45_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** path`/tenants/${id}`: what is put in cannot lead to another address. */
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
          redirect: "error", // a key is not carried elsewhere
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
          `${url} answers in a form that is not known here: is it a Latchkey cloud?`,
          {
            cause: parsed.error,
          },
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
    if (size > MAX_ANSWER_BYTES) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function refusalOf(status: number, text: string, url: string): AppError {
  const { data } = errorBodySchema.safeParse(parseJson(text));
  if (data === undefined)
    return new AppError(
      status < 500 ? "NOT_FOUND" : "CLOUD_UNREACHABLE",
      `${url} answers with HTTP ${status}.`,
    );
  const details = { ...data.details, requestId: data.requestId };
  return isKnown(data.code)
    ? new AppError(data.code, data.message, { details })
    : new AppError("INTERNAL", `${data.message} [${data.code}] ${data.fix}`, { details });
}

const isKnown = (code: string): code is ErrorCode => (ERROR_CODES as readonly string[]).includes(code);

function failureOf(error: unknown, url: string): AppError {
  // fetch says "fetch failed" and hides the reason one level down.
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = inner instanceof Error ? inner.message || inner.name : String(inner);
  const code: unknown = inner instanceof Error ? Reflect.get(inner, "code") : undefined;
  return typeof code === "string" && CERTIFICATE_CODES.test(code)
    ? new AppError("CLOUD_CERTIFICATE_INVALID", `The certificate of ${url} is not trusted: ${reason}.`, {
        cause: error,
      })
    : new AppError("CLOUD_UNREACHABLE", `The API at ${url} cannot be reached: ${reason}.`, { cause: error });
}

/** What OpenSSL and Node call a certificate that does not verify, or is for another name. */
const CERTIFICATE_CODES =
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT|INVALID_CA|HOSTNAME_MIS)/;
