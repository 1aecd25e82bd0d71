/** Makes the HTTP requests of enrolment, challenge and upgrade, with the configured certificate authority and proxy. */
import { type Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { checkServerIdentity } from "node:tls";
import { HttpsProxyAgent } from "https-proxy-agent";
import { z } from "zod";
import { authorityOf } from "../shared/authority.ts";
import { AppError, ERROR_CODES, isAppError } from "../shared/errors.ts";
import { parseJson } from "../shared/parse-json.ts";
import { networkProblemOf } from "../shared/system-errors.ts";
import type { AgentConfig } from "./config.ts";

/** Network options of every request to the cloud, the WebSocket's upgrade included. */
export interface CloudRequestOptions {
  readonly agent?: Agent;
  readonly ca?: string;
  readonly checkServerIdentity: typeof checkServerIdentity;
}

const MAX_ANSWER_BYTES = 16 * 1024;

/** Reads the certificate authority again for every attempt, so that a renewed one takes effect without a restart. */
export function readRequestOptions({ url, caFile, proxy }: AgentConfig["cloud"]): CloudRequestOptions {
  const authority =
    caFile === undefined ? {} : { ca: authorityOf("cloud.caFile", caFile, "CLOUD_CERTIFICATE_INVALID") };
  const { hostname } = new URL(url);
  return {
    ...authority,
    // Set explicitly: behind a proxy, https-proxy-agent 9.1 would compare an address with "localhost".
    checkServerIdentity: (_host, certificate) =>
      checkServerIdentity(hostname.replace(/^\[|\]$/g, ""), certificate),
    ...(proxy === undefined ? {} : { agent: new HttpsProxyAgent(proxy, authority) }),
  };
}

/** Throws PROXY_REFUSED, CLOUD_CERTIFICATE_INVALID, CLOUD_UNREACHABLE, or the error that the cloud answered with. */
export async function postToCloud<S extends z.ZodType>(
  requestOptions: CloudRequestOptions,
  url: URL,
  body: unknown,
  answerSchema: S,
  signal: AbortSignal,
): Promise<z.infer<S>> {
  const { status, headers, text } = await post(requestOptions, url, JSON.stringify(body), signal);
  if (status !== 200) throw refusalOf(status, headers, text);
  const parsed = answerSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new AppError(
      "CLOUD_UNREACHABLE",
      `The answer of ${url.host} does not come from a Latchkey cloud. Check for a login page or web filter in between.`,
    );
  return parsed.data;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

function post(
  requestOptions: CloudRequestOptions,
  url: URL,
  body: string,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, {
      ...requestOptions,
      method: "POST",
      signal,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
    });
    const fail = (error: unknown): void => reject(translateNetworkError(error, url));
    noticeProxyRefusal(request, fail);
    request.once("error", fail);
    request.once("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) response.destroy(new Error("the answer is too long"));
      });
      response.once("error", fail);
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    request.end(body);
  });
}

/** Reports the proxy's own refusal, which would otherwise be taken for the cloud's answer. */
export function noticeProxyRefusal(request: ClientRequest, fail: (error: AppError) => void): void {
  request.once("proxyConnect", (connect: { statusCode: number }) => {
    if (connect.statusCode === 200) return;
    fail(new AppError("PROXY_REFUSED", `The proxy answered CONNECT with ${connect.statusCode}.`));
    request.destroy();
  });
}

const errorBodySchema = z.object({ code: z.enum(ERROR_CODES), message: z.string().max(1024).optional() });

/** Translates a refusing answer into an error. `details.retryAfterMs` is set where the cloud names a time. */
export function refusalOf(status: number, headers: IncomingMessage["headers"], text: string): AppError {
  const body = errorBodySchema.safeParse(parseJson(text));
  const seconds = Number(headers["retry-after"]);
  const details =
    Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: Math.min(seconds, 3_600) * 1_000 } : {};
  if (body.success) return new AppError(body.data.code, body.data.message, { details });
  // The cloud names a code with every refusal. Without one, a web filter's 403 must not look like a revoked agent.
  const origin =
    status >= 500
      ? "a proxy in front of the cloud may not reach it"
      : "a proxy or web filter in between refuses, or the address is another server's";
  return new AppError(
    "CLOUD_UNREACHABLE",
    `The cloud's address answered with HTTP ${status}, and not as a Latchkey cloud: ${origin}.`,
    { details },
  );
}

/** Translates the error of a socket, a resolver or TLS into an AppError. */
export function translateNetworkError(error: unknown, url: URL): AppError {
  if (isAppError(error)) return error;
  const problem = networkProblemOf(error);
  const options = { cause: error };
  if (problem?.layer === "certificate")
    return new AppError(
      "CLOUD_CERTIFICATE_INVALID",
      `The certificate of ${url.host} is refused: ${problem.reason}.`,
      options,
    );
  if (problem?.layer === "handshake")
    return new AppError(
      "CLOUD_UNREACHABLE",
      `${url.host} and this host cannot agree on TLS: ${problem.reason}.`,
      options,
    );
  if (problem?.code === "ABORT_ERR")
    return new AppError("CLOUD_UNREACHABLE", `${url.host} did not answer in time.`, options);
  return new AppError(
    "CLOUD_UNREACHABLE",
    `${url.host} cannot be reached: ${problem?.reason ?? String(error)}.`,
    options,
  );
}
